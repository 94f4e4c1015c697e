// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
export const delivered = { ann: 1 }
export const arrivals = [
  { sender: 'ann', vector: { ann: 2 }, body: 'a' },
  { sender: 'ann', vector: { ann: 3 }, body: 'b' },
  { sender: 'bob', vector: { ann: 1, bob: 1 }, body: 'c' },
  { sender: 'bob', vector: { ann: 2, bob: 1 }, body: 'd' },
]
export const mayGo = [true, true, true, true]
