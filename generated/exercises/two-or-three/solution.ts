// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
export const answers = { make: Infinity, look: 2, another: 3 }
