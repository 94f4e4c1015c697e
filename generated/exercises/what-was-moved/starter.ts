// Told in chapters/02-primitives-catalog/20-splice.md. Edit it there, or edit here and stitch.
export const answers = {
  moved: 100_000,
  offsetMoves: true,
  left: 2,
}
