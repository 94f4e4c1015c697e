// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
/** What is appended, in one call, for a line that has no newline in it. */
export function encode(line: string): string { return `\n${Buffer.byteLength(line)} ${line}\n` }

/** The lines that were written whole. */
export function decode(text: string): string[] {
  return text.split('\n').flatMap(each => {
    const [, length, line] = /^(\d+) (.*)$/.exec(each) ?? []
    return line !== undefined && Buffer.byteLength(line) === Number(length) ? [line] : []
  })
}
