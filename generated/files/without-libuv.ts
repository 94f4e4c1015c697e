// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
/** A system call on a file, and the library that made it. */
export interface TracedCall {
  syscall: string
  /** The call as strace wrote it, with the paths of descriptors (`-y`). */
  text: string
  by: 'foreign call' | 'node:fs' | 'other'
}

/** The calls of a trace (`strace -f -y -k`) that name a path in `folder`. */
export function callsOn(folder: string, trace: string): TracedCall[] {
  const calls: { thread: string, text: string, frames: string[] }[] = []
  const begun = new Map<string, string>()
  for (const line of trace.split('\n')) {
    if (line.startsWith(' > ')) {
      calls.at(-1)?.frames.push(line)
      continue
    }
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const [, end] = /^<\.\.\. \w+ resumed>(.*)$/.exec(rest) ?? []
    if (rest.endsWith('<unfinished ...>')) {
      begun.set(thread, rest.slice(0, -'<unfinished ...>'.length))
    } else {
      const text = end === undefined ? rest : `${begun.get(thread) ?? ''}${end}`
      calls.push({ thread, text, frames: [] })
    }
  }
  return calls.filter(({ text }) => text.includes(folder)).map(({ text, frames }) => (
    { syscall: /^\w+/.exec(text)?.[0] ?? '', text, by: sender(frames) }))
}

function sender(frames: readonly string[]): TracedCall['by'] {
  if (frames.some(frame => /\(uv_?_?fs_|\(node::fs::/.test(frame))) return 'node:fs'
  return frames.some(frame => frame.includes('/koffi.node(')) ? 'foreign call' : 'other'
}
