// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g

export function encode(name: string): Buffer {
  const parts: Buffer[] = []
  let end = 0
  for (const { index } of name.matchAll(LONE)) {
    const unit = name.charCodeAt(index)
    const bytes = Buffer.of(0xed, 0x80 | unit >> 6 & 0x3f, 0x80 | unit & 0x3f)
    parts.push(Buffer.from(name.slice(end, index)), bytes)
    end = index + 1
  }
  return Buffer.concat([...parts, Buffer.from(name.slice(end))])
}

export function decode(bytes: Buffer): string {
  let [text, end] = ['', 0]
  for (let at = 0; (at = bytes.indexOf(0xed, at)) !== -1; at++) {
    if ((bytes[at + 1] ?? 0) < 0xa0) continue
    text += bytes.toString('utf8', end, at)
    text += String.fromCharCode(0xd000 | (bytes[at + 1]! & 0x3f) << 6 | bytes[at + 2]! & 0x3f)
    end = at + 3
  }
  return text + bytes.toString('utf8', end)
}
