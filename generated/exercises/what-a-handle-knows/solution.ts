// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
export const ofTheUncollected = {
  isReadable: true,
  takesSignals: true,
  endIsTold: false,
}
