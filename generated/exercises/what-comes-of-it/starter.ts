// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
export const answers = {
  arrived: { standard: 5, realTime: 5 },
  order: [36, 34, 35],
  leftForTheSecond: 1,
  zeroArrives: true,
}
