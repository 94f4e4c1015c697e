// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
export const answers = {
  livesWhenAnotherOpenFileIsClosed: true,
  livesInAChildThatInherits: true,
  livesInAnOrdinaryChild: false,
}
