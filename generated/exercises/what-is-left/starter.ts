// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
/** The kinds of what is told, in order. */
export const answers = {
  createdAndRemoved: ['created', 'deleted'],
  removedAndCreated: ['deleted', 'created'],
  thereAndBack: ['renamed', 'renamed'],
  newWrittenRenamed: ['created', 'changed', 'renamed'],
  oldWrittenRenamed: ['changed', 'renamed'],
  atomicWrite: ['created', 'renamed'],
  nameTaken: ['renamed', 'created'],
}
