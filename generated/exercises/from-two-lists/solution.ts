// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
export interface Known { id: string, stamp: string }
export type Difference =
  { kind: 'created' | 'deleted' | 'changed', name: string } | { kind: 'renamed', name: string, to: string }

/** What happened between two looks. A rename stands where its old name stood. */
export function differences(before: Map<string, Known>, now: Map<string, Known>): Difference[] {
  const come = new Set([...now.keys()].filter(name => !before.has(name)).sort())
  const found = new Map<string, Difference>()
  for (const [name, { id, stamp }] of [...before].sort(([a], [b]) => a < b ? -1 : 1)) {
    const other = now.get(name)
    if (other !== undefined) {
      if (other.id !== id || other.stamp !== stamp) found.set(name, { kind: 'changed', name })
      continue
    }
    const to = [...come].find(each => now.get(each)!.id === id && now.get(each)!.stamp === stamp)
    found.set(name, to === undefined ? { kind: 'deleted', name } : { kind: 'renamed', name, to })
    if (to !== undefined) come.delete(to)
  }
  for (const name of come) found.set(name, { kind: 'created', name })
  return [...found.values()].sort((a, b) => a.name < b.name ? -1 : 1)
}
