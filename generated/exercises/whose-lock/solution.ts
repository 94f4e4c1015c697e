// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
/** Ann's open file holds the exclusive lock. All of this happens in one process. */
export const answers = {
  secondOpenGetsIt: false,
  duplicateGetsIt: true,
  readerIsStopped: false,
  heldAfterOneDuplicateIsClosed: true,
}
