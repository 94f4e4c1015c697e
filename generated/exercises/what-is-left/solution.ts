// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
/** The kinds of what is told, in order. */
export const answers = {
  createdAndRemoved: [] as string[],
  removedAndCreated: ['changed'],
  thereAndBack: [] as string[],
  newWrittenRenamed: ['created'],
  oldWrittenRenamed: ['renamed', 'changed'],
  atomicWrite: ['changed'],
  nameTaken: ['changed', 'created'],
}
