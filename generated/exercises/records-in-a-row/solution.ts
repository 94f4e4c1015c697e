// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
export interface Change { action: number, name: string }

export function changes(answer: Buffer): Change[] {
  const found: Change[] = []
  for (let at = 0, next; ; at += next) {
    next = answer.readUInt32LE(at)
    const end = at + 12 + answer.readUInt32LE(at + 8)
    found.push({ action: answer.readUInt32LE(at + 4), name: answer.toString('utf16le', at + 12, end) })
    if (next === 0) return found
  }
}
