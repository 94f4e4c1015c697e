// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
/** How many events of each process were known. What is absent is 0. */
export type Vector = Readonly<Record<string, number>>
export type Order = 'before' | 'after' | 'equal' | 'concurrent'

/** How the event with vector `a` stands to that with vector `b`. */
export function compareVectors(a: Vector, b: Vector): Order {
  const [less, more] = [hasMore(b, a), hasMore(a, b)]
  return less ? (more ? 'concurrent' : 'before') : more ? 'after' : 'equal'
}

const hasMore = (a: Vector, b: Vector) =>
  Object.keys(a).some(name => a[name]! > (Object.hasOwn(b, name) ? b[name]! : 0))

/** All that is known in one or the other. */
export function mergeVectors(...vectors: readonly Vector[]): Vector {
  const merged: Record<string, number> = Object.create(null)
  for (const vector of vectors) for (const [name, count] of Object.entries(vector)) {
    merged[name] = Math.max(merged[name] ?? 0, count)
  }
  return { ...merged }
}

/** The vector in a text of JSON; null if it is none. */
export function parseVector(text: string): Vector | null {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null
    const isCount = (each: unknown) => Number.isSafeInteger(each) && each as number > 0
    return Object.values(value).every(isCount) ? value as Vector : null
  } catch {
    return null
  }
}
