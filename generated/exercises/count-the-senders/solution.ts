// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
/** How many calls each library made, by the last part of its path. */
export function senders(trace: string): Record<string, number> {
  const stacks: string[][] = []
  for (const line of trace.split('\n')) {
    const library = /^ > (\S+)\(/.exec(line)?.[1]
    if (library !== undefined) stacks.at(-1)?.push(library.replace(/^.*\//, ''))
    else if (!line.endsWith('<unfinished ...>')) stacks.push([])
  }
  const counts: Record<string, number> = {}
  for (const stack of stacks) {
    const sender = stack.find(each => !/^(libc|ld-linux|node$)/.test(each)) ?? stack.at(-1)
    if (sender !== undefined) counts[sender] = (counts[sender] ?? 0) + 1
  }
  return counts
}
