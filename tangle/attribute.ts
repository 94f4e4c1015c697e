// Whose line is it? The lines of an edited file are given back to the blocks that they came from.
import { align, bestPairs, likeness, type Old, wordsOf } from './align.ts'
import type { Block } from './block.ts'
import type { Syntax } from './config.ts'
import { type Line, type Output, referenceIn } from './link.ts'
import type { Place, Problem } from './problem.ts'
import type { BlockEdit } from './rewrite.ts'

/** An edited file: what the chapters say now, and what is wanted. */
export interface Wanted {
  output: Output
  /** The lines that the file shall have. */
  now: string[]
  /** Where a line of `now` stands in the file on the disk. */
  at(line: number): Place
}

/** One block at one place of the program: the same chunk may stand in several. */
interface Instance {
  block: Block
  file: string
  /** Where the edit came so near to it that a change of the same chunk elsewhere may not be brought here. */
  touchedAt?: Place
}

/** A place where lines can be put: in front of the block's line `index`, or behind its last. */
interface Spot {
  block: Block
  index: number
  within: Line | undefined
}

/** What one place wants of a block: a line's new text (none: the line goes), or new lines in front of it. */
interface Wish {
  texts: string[]
  at: Place
  by: Instance
}

/** Block → `=i` for line i, `+i` for what comes in front of it → who wants what. Only changes are kept. */
type Wishes = Map<Block, Map<string, Wish[]>>

export interface Attributed {
  edits: Map<Block, BlockEdit>
  /** The text that each file will have: what is wanted, and in other places of the same chunks the same edit. */
  expected: Map<string, string>
  /** Places that change although nobody edited them. */
  repeated: { block: Block; file: string }[]
  problems: Problem[]
}

/** Finds the edits of blocks that make the files what they are wanted to be. With problems the rest means nothing. */
export function attribute(files: readonly Wanted[], syntax: Syntax): Attributed {
  const wishes: Wishes = new Map()
  const readings = files.map((wanted) => new Reading(wanted, syntax, wishes))
  const problems = readings.flatMap((reading) => reading.problems)
  const { edits, repeated } = agree(wishes, readings.flatMap((reading) => reading.instances()), problems)
  const expected = new Map(readings.map(({ wanted: { output } }) => [output.file, rebuild(output, (block) => edits.get(block))]))
  for (const { wanted, isTouched } of problems.length > 0 ? [] : readings) {
    const asWanted = rebuild(wanted.output, (block, within) => (isTouched(block, within) ? edits.get(block) : undefined))
    if (asWanted !== joined(wanted.now)) problems.push({ ...wanted.at(0), message: 'this edit cannot be told in the chapters', hint: 'make it in the chapter' })
  }
  return { edits, expected, repeated, problems }
}

export function joined(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('')
}

/** One edited file, read against what the chapters say. */
class Reading {
  readonly problems: Problem[] = []
  readonly wanted: Wanted
  private readonly syntax: Syntax
  private readonly wishes: Wishes
  private readonly lines: Line[]
  private readonly now: string[]
  /** For each line of the chapters' text its line in the wanted one, or -1. */
  private partner: number[] = []
  private readonly partnerOf = new Map<Line, number>()
  private readonly known = new Map<Line | undefined, Map<Block, Instance>>()

  constructor(wanted: Wanted, syntax: Syntax, wishes: Wishes) {
    this.wanted = wanted
    this.syntax = syntax
    this.wishes = wishes
    this.lines = wanted.output.lines
    this.now = wanted.now
    for (const { block, within } of this.lines) if (block) this.instance(block, within)
    this.partner = align(this.lines.map(oldOf), this.now)
    this.lines.forEach((line, i) => this.partnerOf.set(line, this.partner[i]!))
    if (!this.protectedLinesStay()) return
    this.loosenMisfits()
    this.pairAlikes()
    this.wishForLines()
    this.wishForInsertions()
  }

  instances(): Instance[] {
    return [...this.known.values()].flatMap((blocks) => [...blocks.values()])
  }

  private instance(block: Block, within: Line | undefined): Instance {
    let blocks = this.known.get(within)
    if (!blocks) this.known.set(within, (blocks = new Map()))
    let found = blocks.get(block)
    if (!found) blocks.set(block, (found = { block, file: this.wanted.output.file }))
    return found
  }

  readonly isTouched = (block: Block, within: Line | undefined) => this.instance(block, within).touchedAt !== undefined

  private fail(line: number, message: string, hint?: string): void {
    this.problems.push({ ...this.wanted.at(line), message, hint })
  }

  private protectedLinesStay(): boolean {
    this.lines.forEach((line, i) => {
      if (this.partner[i]! >= 0 || !oldOf(line).isProtected) return
      const near = this.nearestNow(i)
      if (line.reference !== undefined) {
        const { file, line: row } = placeOf(line)!
        this.fail(near, `the line '${line.text.trim()}' stands for a chunk and was changed or removed`, `rename or move the chunk in ${file}:${row}`)
      } else if (line.text === '') this.fail(near, 'the blank line between two blocks of a file is the loom\'s own and was removed', 'keep it, or join the blocks in the chapter')
      else this.fail(near, "the file's first line is the loom's own and was changed or removed", `put it back: ${line.text}`)
    })
    return this.problems.length === 0
  }

  /** The line of the wanted text where line i would stand. */
  private nearestNow(i: number): number {
    while (i >= 0 && this.partner[i]! < 0) i--
    return i < 0 ? 0 : this.partner[i]! + 1
  }

  /** What the references above a line put in front of it, after the edit. */
  private indentOf(within: Line | undefined): string {
    if (!within) return ''
    const at = this.partnerOf.get(within)
    if (at !== undefined) return blanksOf(this.now[at]!)
    return this.indentOf(within.within) + blanksOf(rawOf(within)) // a bare reference has no line that could move
  }

  /** A line that left its chunk's indentation left the chunk: it is removed here and put in where it fits. */
  private loosenMisfits(): void {
    this.lines.forEach((line, i) => {
      const at = this.partner[i]!
      if (at < 0 || !line.block || this.rawNow(line, at) !== undefined) return
      if (line.reference === undefined) this.partner[i] = -1
      else this.fail(at, `the line '${line.text.trim()}' stands further left than the chunk that it belongs to`, 'indent it as that chunk')
    })
  }

  private rawNow(line: Line, at: number): string | undefined {
    const indent = this.indentOf(line.within)
    if (line.reference === undefined) return unindent(this.now[at]!, indent)
    const blanks = blanksOf(this.now[at]!)
    return blanks.startsWith(indent) ? blanks.slice(indent.length) + rawOf(line).trimStart() : undefined
  }

  /** The stretches without partners: lines from..to of the chapters' text against lines fromNow..toNow. */
  private *stretches(): Generator<[from: number, to: number, fromNow: number, toNow: number]> {
    let [from, fromNow] = [0, 0]
    for (let i = 0; i <= this.lines.length; i++) {
      const at = i < this.lines.length ? this.partner[i]! : this.now.length
      if (at < 0) continue
      if (i > from || at > fromNow) yield [from, i, fromNow, at]
      ;[from, fromNow] = [i + 1, at + 1]
    }
  }

  /** A line that was rewritten is more like the line in its place than one that is new. */
  private pairAlikes(): void {
    for (const [from, to, fromNow, toNow] of [...this.stretches()]) {
      if ((to - from) * (toNow - fromNow) > 10_000) continue
      const words = this.lines.slice(from, to).map(({ text }) => wordsOf(text))
      const wordsNow = this.now.slice(fromNow, toNow).map(wordsOf)
      const weight = (i: number, j: number) => {
        const line = this.lines[from + i]!
        const alike = likeness(words[i]!, wordsNow[j]!)
        return alike >= 40 && this.rawNow(line, fromNow + j) !== undefined ? alike : 0
      }
      for (const [i, j] of bestPairs(to - from, toNow - fromNow, weight)) this.partner[from + i] = fromNow + j
    }
  }

  private wishForLines(): void {
    this.lines.forEach((line, i) => {
      const { block, index, within } = line
      if (!block) return
      const at = this.partner[i]!
      const text = at < 0 ? undefined : this.rawNow(line, at)
      if (text === rawOf(line)) return
      const place = this.wanted.at(at < 0 ? this.nearestNow(i) : at)
      this.wish(block, `=${index!}`, { texts: text === undefined ? [] : [text], at: place, by: this.instance(block, within) })
      if (text !== undefined && line.reference === undefined) this.refuseReference(text, block, at)
    })
  }

  private wishForInsertions(): void {
    for (const [from, to, fromNow, toNow] of this.stretches()) {
      if (fromNow === toNow) continue
      const spots: Spot[] = []
      for (let gap = from; gap <= to; gap++) for (const spot of spotsAt(this.lines, gap)) if (!spots.some((known) => isSame(known, spot))) spots.push(spot)
      const texts = this.now.slice(fromNow, toNow)
      const chosen = choose(texts, spots.map(({ within }) => this.indentOf(within)))
      if (!chosen) {
        this.fail(fromNow, spots.length === 0 ? 'no block begins or ends here that could take these lines' : 'these lines fit the indentation of no chunk here', 'write them in the chapter')
        continue
      }
      for (const { block, within } of spots.filter(({ within }) => texts.every((text) => unindent(text, this.indentOf(within)) !== undefined))) {
        this.instance(block, within).touchedAt ??= this.wanted.at(fromNow)
      }
      spots.forEach(({ block, index, within }, s) => {
        const mine = texts.flatMap((text, t) => (chosen[t] === s ? [{ text: unindent(text, this.indentOf(within))!, at: fromNow + t }] : []))
        if (mine.length === 0) return
        for (const { text, at } of mine) this.refuseReference(text, block, at)
        this.wish(block, `+${index}`, { texts: mine.map(({ text }) => text), at: this.wanted.at(mine[0]!.at), by: this.instance(block, within) })
      })
    }
  }

  private wish(block: Block, key: string, wish: Wish): void {
    wish.by.touchedAt = wish.at
    let own = this.wishes.get(block)
    if (!own) this.wishes.set(block, (own = new Map()))
    own.set(key, [...(own.get(key) ?? []), wish])
  }

  private refuseReference(text: string, { lang }: Block, at: number): void {
    if (referenceIn(text, lang, this.syntax)) this.fail(at, `'${text.trim()}' would become a reference to a chunk`, 'write references in the chapter')
  }
}

/** A reference may move sideways only; the loom's own lines not at all. */
function oldOf({ text, block, reference }: Line): Old {
  return {
    text,
    isProtected: !block || reference !== undefined,
    accepts: (now) => (!block ? now === text : reference === undefined || now.trim() === text.trim()),
  }
}

/**
 * Which spot takes each line, in order. The deepest indentation that fits wins: who adds a line at the end of a chunk
 * continues the chunk. Among equals the lines join what is before them, unless they stand off from it by a blank
 * line and close up to what follows.
 */
function choose(texts: string[], indents: string[]): number[] | undefined {
  const joinsNext = texts[0]!.trim() === '' && texts.at(-1)!.trim() !== ''
  const score = (t: number, s: number) => (unindent(texts[t]!, indents[s]!) === undefined ? -Infinity : texts[t] === '' ? 0 : 1 + indents[s]!.length)
  const width = indents.length + 1
  // best[t][s]: the greatest sum for the lines from t on when the spots from s on are left
  const best = Array.from({ length: texts.length + 1 }, (_, t) => Array.from({ length: width }, () => (t === texts.length ? 0 : -Infinity)))
  for (let t = texts.length - 1; t >= 0; t--) {
    for (let s = indents.length - 1; s >= 0; s--) best[t]![s] = Math.max(best[t]![s + 1]!, score(t, s) + best[t + 1]![s]!)
  }
  if (best[0]![0] === -Infinity) return undefined
  const chosen: number[] = []
  for (let [t, s] = [0, 0]; t < texts.length; ) {
    const canStay = best[t]![s] === score(t, s) + best[t + 1]![s]!
    const canGo = best[t]![s] === best[t]![s + 1]
    if (canStay && !(joinsNext && canGo)) {
      chosen.push(s)
      t++
    } else s++
  }
  return chosen
}

/** Where lines between `lines[gap - 1]` and `lines[gap]` can be put, in the order in which they come out. */
function spotsAt(lines: readonly Line[], gap: number): Spot[] {
  const [before, after] = [lines[gap - 1], lines[gap]]
  const [above, below] = [ancestors(before), ancestors(after)]
  const spots: Spot[] = []
  // behind what ends here, from the innermost chunk outwards
  for (const line of above) {
    if (below.includes(line, 1) || !line.block) break
    spots.push({ block: line.block, index: line.index! + 1, within: line.within })
  }
  // in front of what begins here; chunks without a line of their own above them begin together with their first line
  const first: Spot[] = []
  for (const line of below) {
    if (above.includes(line) || !line.block) break
    first.unshift({ block: line.block, index: line.index!, within: line.within })
  }
  return [...spots, ...first.filter((spot) => !spots.some((known) => isSame(known, spot)))]
}

/** A line, the reference that it stands under, the reference above that one, and so on. */
function ancestors(line: Line | undefined): Line[] {
  return line ? [line, ...ancestors(line.within)] : []
}

function isSame(a: Spot, b: Spot): boolean {
  return a.block === b.block && a.index === b.index && a.within === b.within
}

/** One edit a block, if all who want something of it want the same; others that nobody touched get it too. */
function agree(wishes: Wishes, instances: Instance[], problems: Problem[]): Pick<Attributed, 'edits' | 'repeated'> {
  const edits = new Map<Block, BlockEdit>()
  const repeated: Attributed['repeated'] = []
  for (const [block, own] of wishes) {
    const edit: BlockEdit = { lines: new Map(), inserted: new Map() }
    edits.set(block, edit)
    const others = instances.filter((instance) => instance.block === block)
    for (const [key, [first, ...more]] of own) {
      const index = Number(key.slice(1))
      const opponent =
        more.find(({ texts }) => joined(texts) !== joined(first!.texts)) ??
        others.filter((by) => by.touchedAt && ![first!, ...more].some((wish) => wish.by === by)).map((by) => ({ by, at: by.touchedAt!, texts: [] }))[0]
      if (opponent) problems.push(twoWays(block, index, first!, opponent))
      if (key[0] === '+') edit.inserted.set(index, first!.texts)
      else edit.lines.set(index, first!.texts[0])
    }
    for (const { touchedAt, file } of others) if (!touchedAt) repeated.push({ block, file })
  }
  return { edits, repeated }
}

function twoWays(block: Block, index: number, first: Wish, second: Wish): Problem {
  const place = placeOf({ block, index: Math.min(index, Math.max(0, block.fence.lines.length - 1)) }) ?? block.place
  const side = ({ at, texts }: Wish) => `\n  ${at.file}:${at.line}: ${texts.length === 0 ? '(otherwise)' : texts.join('\n    ')}`
  return { ...place, message: `used in several places, and edited there in different ways${side(first)}${side(second)}`, hint: 'edit one of them only, or all alike' }
}

/** The text of a file as its blocks make it with their edits. */
function rebuild({ lines }: Output, editOf: (block: Block, within: Line | undefined) => BlockEdit | undefined): string {
  const rawAfter = ({ block, index, within }: Line) => {
    const edit = editOf(block!, within)
    return edit?.lines.has(index!) ? edit.lines.get(index!) : block!.fence.lines[index!]!
  }
  const indentAfter = (within: Line | undefined): string => (within ? indentAfter(within.within) + blanksOf(rawAfter(within)!) : '')
  const put = (indent: string, text: string) => `${text === '' ? '' : indent + text}\n`
  const parts: string[] = []
  for (let gap = 0; gap <= lines.length; gap++) {
    for (const { block, index, within } of spotsAt(lines, gap)) {
      for (const text of editOf(block, within)?.inserted.get(index) ?? []) parts.push(put(indentAfter(within), text))
    }
    const line = lines[gap]
    if (!line) continue
    const raw = line.block ? rawAfter(line) : line.text
    if (raw === undefined) continue
    parts.push(put(indentAfter(line.within), line.reference === undefined ? raw : blanksOf(raw) + line.text.trimStart()))
  }
  return parts.join('')
}

/** A line without what its chunk's references put in front of it; undefined when it does not begin with that. */
function unindent(text: string, indent: string): string | undefined {
  if (text === '') return ''
  return text.length > indent.length && text.startsWith(indent) ? text.slice(indent.length) : undefined
}

function blanksOf(text: string): string {
  return /^\s*/.exec(text)![0]
}

function rawOf({ block, index }: Line): string {
  return block!.fence.lines[index!]!
}

/** Where a line is told; undefined for a line of the loom's own. */
export function placeOf({ block, index }: Pick<Line, 'block' | 'index'>): Place | undefined {
  if (!block || index === undefined) return undefined
  const { page, fence } = block
  return { file: page.file, line: fence.line + 1 + index, column: (fence.columns[index] ?? 0) + 1 }
}
