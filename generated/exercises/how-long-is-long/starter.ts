// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
export const answers = {
  bytesInOneName: 4096,
  twoHundredUmlautsAreAName: false,
  tenThousandBytesCanBeOpened: false,
  bytesInTheTextOfALink: 255,
}
