// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
export const answers = {
  moved: 65_536,
  offsetMoves: false,
  left: 5,
}
