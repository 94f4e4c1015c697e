// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
export type Names = Map<string, bigint>   // name → number of the file

/** 'created x', 'deleted x', 'moved x y', sorted. */
export function compare(before: Names, after: Names): string[] {
  const went = [...before.keys()].filter(name => !after.has(name)).map(name => `deleted ${name}`)
  const came = [...after.keys()].filter(name => !before.has(name)).map(name => `created ${name}`)
  return [...went, ...came].sort()
}
