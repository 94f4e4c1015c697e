// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
export const answers = {
  placeOfADuplicate: 4,
  placeAfterAReadAtEight: 4,
  placeAfterTruncate: 4,
  anAppendAfterSeekZeroIsWrittenAt: 10,
}
