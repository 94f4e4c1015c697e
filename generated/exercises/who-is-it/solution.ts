// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
export type Names = Map<string, bigint>   // name → number of the file

/** 'created x', 'deleted x', 'moved x y', sorted. */
export function compare(before: Names, after: Names): string[] {
  const told: string[] = []
  const came = new Map([...after].filter(([name, number]) => before.get(name) !== number))
  for (const [name, number] of before) {
    if (after.get(name) === number) continue
    const now = [...came].find(([, other]) => other === number)?.[0]
    told.push(now === undefined ? `deleted ${name}` : `moved ${name} ${now}`)
    if (now !== undefined) came.delete(now)
  }
  return [...told, ...[...came.keys()].map(name => `created ${name}`)].sort()
}
