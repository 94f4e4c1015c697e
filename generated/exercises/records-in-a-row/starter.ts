// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
export interface Change { action: number, name: string }

export function changes(answer: Buffer): Change[] {
  const text = answer.toString('utf16le', 12)
  return [{ action: answer.readUInt32LE(4), name: text.slice(0, text.indexOf('\0')) }]
}
