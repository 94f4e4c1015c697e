// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
export const answers = {
  arrived: { standard: 1, realTime: 5 },
  order: [34, 35, 36],
  leftForTheSecond: 0,
  zeroArrives: false,
}
