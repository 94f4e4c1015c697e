// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
export const answers = {
  takenWhenTheTextIsWrong: true,
  closeRemovesAStranger: true,
  takenWhenRemoved: false,
  takenWhenUnlocked: false,
}
