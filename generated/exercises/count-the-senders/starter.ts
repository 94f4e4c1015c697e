// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
/** How many calls each library made, by the last part of its path. */
export function senders(trace: string): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const line of trace.split('\n')) {
    const name = /^\d+ +(\w+)\(/.exec(line)?.[1]
    if (name !== undefined) counts[name] = (counts[name] ?? 0) + 1
  }
  return counts
}
