// Told in chapters/10-files/09-io-uring.md. Edit it there, or edit here and stitch.
export const answers = {
  allAtOnce: 1,
  oneAfterTheOther: 8,
  twoLanes: 4,
  withoutOffsets: 8,
}
