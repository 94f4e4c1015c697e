// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
export const answers = {
  truncatingLosesIt: true,
  hardLinkShowsIt: false,
  symbolicLinkCanHaveOne: true,
}
