// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
export interface Bytes { start: number, end: number }

/** What is left of `held` when `given` is taken out; `end` is exclusive. */
export function cut(held: Bytes, given: Bytes): Bytes[] {
  return [{ start: given.end, end: held.end }].filter(({ start, end }) => start < end)
}
