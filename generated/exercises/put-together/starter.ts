// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
export interface Block { file?: string, name?: string, lines: string[] }

/** The files that the blocks make. A comment alone on its line with <<a name>> calls that chunk. */
export function tangle(blocks: Block[]): Map<string, string> {
  const files = new Map<string, string>()
  for (const { file, lines } of blocks) {
    if (file !== undefined) files.set(file, `${lines.join('\n')}\n`)
  }
  return files
}
