// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
export interface Found { info: string, lines: string[] }

/** The fenced blocks of a page: what is behind the opening mark, and the lines. */
export function fences(page: string): Found[] {
  const found: Found[] = []
  let open: { mark: string, indent: number } | undefined
  for (const line of page.split('\n')) {
    const [, indent, mark, info] = /^(\s*)(`{3,}|~{3,})(.*)$/.exec(line) ?? []
    if (open === undefined) {
      if (mark === undefined) continue
      open = { mark, indent: indent!.length }
      found.push({ info: info!.trim(), lines: [] })
    } else if (mark?.startsWith(open.mark) === true && info!.trim() === '') {
      open = undefined
    } else {
      const own = new RegExp(`^\\s{0,${open.indent}}`)
      found.at(-1)!.lines.push(line.replace(own, ''))
    }
  }
  return found
}
