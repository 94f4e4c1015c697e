// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
export const hears = {
  streamSocket: true,
  fifo: false,
  eventfd: false,
  lock: true,
}
