// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
export const answers = {
  placeOfADuplicate: 0,
  placeAfterAReadAtEight: 9,
  placeAfterTruncate: 0,
  anAppendAfterSeekZeroIsWrittenAt: 0,
}
