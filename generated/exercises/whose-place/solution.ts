// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
export const answers = {
  duplicateReads: 'cd',
  secondOpenReads: 'ab',
  offsetAfterAppend: 8,
  offsetAfterReadAtFour: 2,
}
