// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
export const answers = { arrivedThenLeft: 'met', nextRound: 'EOWNERDEAD', seatAgain: false }
