// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
export const answers = {
  readableBeforeAnyWriter: false,
  readableAfterTheEnd: true,
  bytesReadAtTheEnd: 0,
  readableAfterTheEndWhenOpenedReadWrite: false,
}
