// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
export const answers = { twiceInARow: false, silentIsReplaced: true, thirdToken: 2 }
