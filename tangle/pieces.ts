// A page cut at its headings into pieces that can be parsed one by one, with the same result. A save changes one
// piece of a page; parsing the others again is most of what a watch would have to do.

/** How a piece may be in the middle of something that a heading does not end. */
type Inside =
  | { kind: 'fence'; mark: string; indent: number }
  | { kind: 'html'; end: RegExp }
  | { kind: 'tag' }

const heading = /^#{1,6}(?:[ \t]|$)/
const fence = /^( {0,3})(`{3,}(?=[^`]*$)|~{3,})/
const blank = /^[ \t]*$/

/** CommonMark's HTML blocks that go on over blank lines, with what ends them. */
const html: [start: RegExp, end: RegExp][] = [
  [/^ {0,3}<(?:script|pre|style|textarea)(?=[\s>]|$)/i, /<\/(?:script|pre|style|textarea)>/i],
  [/^ {0,3}<!--/, /-->/],
  [/^ {0,3}<\?/, /\?>/],
  [/^ {0,3}<!\[CDATA\[/, /\]\]>/],
  [/^ {0,3}<![a-z]/i, />/],
]

/**
 * Cuts only before an ATX heading at the very start of a line that cannot be inside a fence or an HTML block. Where that
 * cannot be told line by line, the rest of the page is one piece. Joined, the pieces are the text.
 */
export function piecesOf(text: string): string[] {
  const pieces: string[] = []
  let start = 0
  let inside: Inside | undefined
  for (const { 0: row, 1: line, index } of text.matchAll(/([^\r\n]*)(?:\r\n|\n|\r|$)/g)) {
    if (row === '') break
    const seen = index === 0 ? line!.replace(/^\uFEFF/, '') : line!
    if (inside === undefined && index > start && heading.test(seen)) {
      pieces.push(text.slice(start, index))
      start = index
      continue
    }
    const next = step(inside, seen)
    if (next === 'unsure') break
    inside = next
  }
  pieces.push(text.slice(start))
  return pieces
}

function step(inside: Inside | undefined, line: string): Inside | undefined | 'unsure' {
  const opening = fence.exec(line)
  switch (inside?.kind) {
    case 'fence': {
      const closing = /^ {0,3}(`+|~+)[ \t]*$/.exec(line)?.[1]
      if (closing?.startsWith(inside.mark)) return undefined
      // An indented fence may belong to a list, and end with it.
      return inside.indent > 0 && !blank.test(line) && line.search(/\S/) < inside.indent ? 'unsure' : inside
    }
    case 'html':
      return inside.end.test(line) ? undefined : inside
    case 'tag': // to the next blank line, if it is HTML and not the beginning of a paragraph
      return blank.test(line) ? undefined : opening || html.some(([begin]) => begin.test(line)) ? 'unsure' : inside
    default:
      if (opening) return { kind: 'fence', mark: opening[2]!, indent: opening[1]!.length }
      return line.trimStart().startsWith('<') ? tag(line) : undefined
  }
}

function tag(line: string): Inside | undefined | 'unsure' {
  const block = html.find(([begin]) => begin.test(line))
  if (!block) return { kind: 'tag' }
  const [begin, end] = block
  if (end.test(line.replace(begin, ''))) return undefined
  return line.startsWith('<') ? { kind: 'html', end } : 'unsure'
}
