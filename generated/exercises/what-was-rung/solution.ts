// Told in chapters/02-primitives-catalog/16-eventfd.md. Edit it there, or edit here and stitch.
export const answers = {
  takeAfterOneNothingAndFive: 6n,
  zeroMakesReadable: false,
  duplicateCountsForItself: false,
}
