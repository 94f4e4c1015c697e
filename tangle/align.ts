// Which line of an edited text was which line of the old one: line by line, blind to blanks, so that what a
// formatter did to a line does not hide which line it is.
import { diffIndices } from 'node-diff3'

/** A line of the old text. A protected one is worth much: without its counterpart the edit cannot be carried back. */
export interface Old {
  text: string
  isProtected: boolean
  /** Whether `text` may be this line after the edit. */
  accepts(text: string): boolean
}

/** How many cells a table may have before speed counts more than the best choice among equal lines. */
const cellsMax = 4_000_000

type Pair = [old: number, now: number]

/** What of a line a formatter leaves alone: no blanks, and none of the marks that it adds, drops or exchanges. */
function blind(text: string): string {
  return text.replace(/[\s;,'"`()]+/g, '') || text.trim()
}

/** For each old line the index of the same line in the new text, or -1. The indices that are not -1 rise. */
export function align(old: readonly Old[], now: readonly string[]): number[] {
  const partner = old.map(() => -1)
  const [keys, keysNow] = [old.map(({ text }) => blind(text)), now.map(blind)]
  const weight = (i: number, j: number) => {
    if (keys[i] !== keysNow[j] || !old[i]!.accepts(now[j]!)) return 0
    // Among equal braces the one with its own indentation is taken; a protected line outweighs chance matches around it.
    return (old[i]!.isProtected ? 1000 : 8) + (old[i]!.text === now[j] ? 1 : 0)
  }
  const anchors = uniquePairs(keys, keysNow).filter(([i, j]) => weight(i, j) > 0)
  let [from, fromNow] = [0, 0]
  for (const [to, toNow] of [...anchors, [old.length, now.length] as Pair]) {
    for (const [i, j] of pairsWithin([from, to], [fromNow, toNow], weight, keys, keysNow)) partner[i] = j
    if (to < old.length) partner[to] = toNow
    ;[from, fromNow] = [to + 1, toNow + 1]
  }
  return partner
}

/** The lines that come once in each text, as far as they are in the same order. Between them windows are small. */
function uniquePairs(a: readonly string[], b: readonly string[]): Pair[] {
  const [onceInA, onceInB] = [once(a), once(b)]
  const pairs = [...onceInA].flatMap(([key, i]): Pair[] => (onceInB.has(key) ? [[i, onceInB.get(key)!]] : []))
  return longestRise(pairs)
}

function once(keys: readonly string[]): Map<string, number> {
  const at = new Map<string, number>()
  const several = new Set<string>()
  keys.forEach((key, i) => (at.has(key) ? several.add(key) : at.set(key, i)))
  for (const key of several) at.delete(key)
  return at
}

/** The longest part of the pairs in which the second rises; the first rises already. */
function longestRise(pairs: Pair[]): Pair[] {
  const ends: number[] = [] // ends[n]: the pair that ends the best rise of n + 1 pairs
  const before: (number | undefined)[] = []
  pairs.forEach(([, j], at) => {
    let [low, high] = [0, ends.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (pairs[ends[middle]!]![1] < j) low = middle + 1
      else high = middle
    }
    before[at] = low > 0 ? ends[low - 1] : undefined
    ends[low] = at
  })
  const rise: Pair[] = []
  for (let at = ends.at(-1); at !== undefined; at = before[at]) rise.unshift(pairs[at]!)
  return rise
}

function pairsWithin([from, to]: Pair, [fromNow, toNow]: Pair, weight: (i: number, j: number) => number, keys: string[], keysNow: string[]): Pair[] {
  const [rows, columns] = [to - from, toNow - fromNow]
  const own = (i: number, j: number) => weight(from + i, fromNow + j)
  const pairs =
    rows * columns > cellsMax
      ? plainPairs(keys.slice(from, to), keysNow.slice(fromNow, toNow)).filter(([i, j]) => own(i, j) > 0)
      : bestPairs(rows, columns, own)
  return pairs.map(([i, j]) => [from + i, fromNow + j])
}

function plainPairs(a: string[], b: string[]): Pair[] {
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  const upTo = (end: number) => {
    while (i < end) pairs.push([i++, j++])
  }
  for (const { buffer1, buffer2 } of diffIndices(a, b)) {
    upTo(buffer1[0])
    ;[i, j] = [buffer1[0] + buffer1[1], buffer2[0] + buffer2[1]]
  }
  upTo(a.length)
  return pairs
}

/** The pairs of a rising assignment with the greatest sum of weights; weight 0 is no pair. The first of equals wins. */
export function bestPairs(rows: number, columns: number, weight: (i: number, j: number) => number): Pair[] {
  const width = columns + 1
  const best = new Int32Array((rows + 1) * width)
  for (let i = rows - 1; i >= 0; i--) {
    for (let j = columns - 1; j >= 0; j--) {
      const here = weight(i, j)
      const paired = here > 0 ? here + best[(i + 1) * width + j + 1]! : 0
      best[i * width + j] = Math.max(paired, best[(i + 1) * width + j]!, best[i * width + j + 1]!)
    }
  }
  const pairs: Pair[] = []
  let [i, j] = [0, 0]
  while (i < rows && j < columns) {
    const sum = best[i * width + j]!
    const here = weight(i, j)
    if (here > 0 && sum === here + best[(i + 1) * width + j + 1]!) pairs.push([i++, j++])
    else if (sum === best[(i + 1) * width + j]!) i++
    else j++
  }
  return pairs
}

/** How alike two lines are, given by their words, from 0 to 100: the share of the words that they have in common. */
export function likeness(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 100
  const rest = [...b]
  let common = 0
  for (const word of a) {
    const at = rest.indexOf(word)
    if (at < 0) continue
    rest.splice(at, 1)
    common++
  }
  return Math.round((200 * common) / (a.length + b.length))
}

export function wordsOf(text: string): string[] {
  return text.match(/[\p{L}\p{N}_$]+|[^\s\p{L}\p{N}_$]/gu) ?? []
}
