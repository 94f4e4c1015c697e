// Told in chapters/90-appendix/01-how-this-book-is-built.md. Edit it there, or edit here and stitch.
export interface Found { info: string, lines: string[] }

/** The fenced blocks of a page: what is behind the opening mark, and the lines. */
export function fences(page: string): Found[] {
  const found: Found[] = []
  let isInside = false
  for (const line of page.split('\n')) {
    const isMark = line.startsWith('```')
    if (isMark && !isInside) found.push({ info: line.slice(3), lines: [] })
    if (isMark) isInside = !isInside
    else if (isInside) found.at(-1)!.lines.push(line)
  }
  return found
}
