// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
/** Whether a poller that compares only this would notice. */
export const answers = {
  sizeAndModificationTime: true,
  changeTime: false,
  numberAfterAtomicReplacement: false,
}
