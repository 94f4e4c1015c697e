// Told in chapters/09-cross-platform/10-polling.md. Edit it there, or edit here and stitch.
export interface Known { id: string, stamp: string }
export type Difference =
  { kind: 'created' | 'deleted' | 'changed', name: string } | { kind: 'renamed', name: string, to: string }

/** What happened between two looks. A rename stands where its old name stood. */
export function differences(before: Map<string, Known>, now: Map<string, Known>): Difference[] {
  const names = [...new Set([...before.keys(), ...now.keys()])].sort()
  return names.flatMap((name): Difference[] => {
    if (!before.has(name)) return [{ kind: 'created', name }]
    return now.has(name) ? [] : [{ kind: 'deleted', name }]
  })
}
