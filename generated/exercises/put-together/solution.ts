// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
export interface Block { file?: string, name?: string, lines: string[] }

/** The files that the blocks make. A comment alone on its line with <<a name>> calls that chunk. */
export function tangle(blocks: Block[]): Map<string, string> {
  const gather = (key: 'file' | 'name') => {
    const gathered = new Map<string, string[]>()
    for (const { [key]: own, lines } of blocks) {
      if (own !== undefined) gathered.set(own, [...(gathered.get(own) ?? []), ...lines])
    }
    return gathered
  }
  const chunks = gather('name')
  const expand = (lines: string[], path: string[]): string[] => lines.flatMap(line => {
    const [, indent, name] = /^(\s*)\/\/ <<(.+)>>$/.exec(line) ?? []
    if (name === undefined) return [line]
    if (path.includes(name)) throw new Error(`'${name}' contains itself`)
    const chunk = chunks.get(name)
    if (chunk === undefined) throw new Error(`no chunk is named '${name}'`)
    return expand(chunk, [...path, name]).map(each => each === '' ? '' : indent + each)
  })
  return new Map([...gather('file')].map(([file, lines]) =>
    [file, `${expand(lines, []).join('\n')}\n`]))
}
