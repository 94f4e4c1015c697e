// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
/** words[0] is the turn, words[1] and words[2] are the pair. */
export function begin(words: Int32Array): void { Atomics.load(words, 0) }
export function end(words: Int32Array): void { Atomics.load(words, 0) }

/** The pair, or null if it was not to be had. `meanwhile` is called between the two loads. */
export function read(words: Int32Array, meanwhile = () => {}): [number, number] | null {
  const first = Atomics.load(words, 1)
  meanwhile()
  return [first, Atomics.load(words, 2)]
}
