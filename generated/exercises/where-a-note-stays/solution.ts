// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
export const answers = {
  truncatingLosesIt: false,
  hardLinkShowsIt: true,
  symbolicLinkCanHaveOne: false,
}
