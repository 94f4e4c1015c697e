// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
export const answers = {
  closeOfADuplicate: false,
  unlockWithoutClose: false,
  closeByAReader: true,
  deathOfTheHolder: true,
}
