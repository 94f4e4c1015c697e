// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
export const answers = {
  bytesInOneName: 255,
  twoHundredUmlautsAreAName: false,
  tenThousandBytesCanBeOpened: true,
  bytesInTheTextOfALink: 4095,
}
