// What is wrong with a chapter, where it stands, and what to try.

/** A position in a text file: `line` and `column` count from 1, `file` is relative to the book's root. */
export interface Place {
  file: string
  line: number
  column: number
}

export interface Problem extends Place {
  message: string
  hint?: string | undefined
}

/** Thrown by a verb that did nothing because its input is wrong. It carries every problem of the run. */
export class Problems extends Error {
  readonly list: readonly Problem[]

  constructor(list: readonly Problem[]) {
    const sorted = [...list].sort(
      (a, b) => compare(a.file, b.file) || a.line - b.line || a.column - b.column,
    )
    super(sorted.map(formatProblem).join('\n'))
    this.name = 'Problems'
    this.list = sorted
  }
}

/** `chapters/03.md:12:1: message`, and the hint on a line of its own. */
export function formatProblem({ file, line, column, message, hint }: Problem): string {
  return `${file}:${line}:${column}: ${message}${hint ? `\n  hint: ${hint}` : ''}`
}

/** The known word nearest to `wanted`, or undefined when none is near. */
export function nearest(wanted: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Math.max(2, Math.ceil(wanted.length / 3)) + 1
  for (const word of known) {
    const distance = editDistance(wanted.toLowerCase(), word.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [word, distance]
  }
  return best
}

/** Levenshtein's distance, or `limit` as soon as it cannot be less. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1))
    }
    if (Math.min(...next) >= limit) return limit
    row = next
  }
  return row[b.length]!
}

export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
