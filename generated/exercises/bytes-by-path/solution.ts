// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
/** Bytes that were read from each path, of a trace made with `strace -f -y`. */
export function bytesRead(trace: string): Record<string, number> {
  const [begun, sums] = [new Map<string, string>(), {} as Record<string, number>]
  for (const line of trace.split('\n')) {
    const [, thread, call] = /^(\d+) +(.*)$/.exec(line) ?? []
    if (thread === undefined || call === undefined) continue
    const own = /^p?readv?(?:64|2)?\(\d+<(.*?)>, /.exec(call)?.[1]
    if (own !== undefined && call.endsWith('<unfinished ...>')) {
      begun.set(thread, own)
      continue
    }
    const path = own ?? (/^<\.\.\. p?readv?(?:64|2)? resumed>/.test(call) ? begun.get(thread) : undefined)
    const bytes = Number(/\) += (-?\d+)[^)]*(?:\([^()]*\))?$/.exec(call)?.[1] ?? 0)
    if (path !== undefined && bytes > 0) sums[path] = (sums[path] ?? 0) + bytes
  }
  return sums
}
