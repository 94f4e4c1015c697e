// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
export const hears = {
  streamSocket: false,
  fifo: true,
  eventfd: true,
  lock: false,
}
