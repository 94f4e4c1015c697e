// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
/** Bytes that were read from each path, of a trace made with `strace -f -y`. */
export function bytesRead(trace: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const line of trace.split('\n')) {
    const [, path, asked] = /read\(\d+<(.*?)>.*, (\d+)\)/.exec(line) ?? []
    if (path !== undefined) sums[path] = (sums[path] ?? 0) + Number(asked)
  }
  return sums
}
