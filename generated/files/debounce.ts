// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WatchEvent } from './watcher-queue.ts'
import type { Watcher } from './watcher.ts'

/** What became of a name between two quiet moments. */
export type Change =
  | { kind: 'created' | 'changed' | 'deleted', path: Path, isFolder: boolean }
  | { kind: 'renamed', from: Path, to: Path, isFolder: boolean }
  | Extract<WatchEvent, { kind: 'overflow' | 'degraded' | 'gone' }>

export interface DebounceOptions {
  /** A change is told when nothing more has happened to its names for so long. Default 50. */
  quietMs?: number | undefined
  /** And at the latest so long after it began. Default 1,000. */
  maxMs?: number | undefined
}

/** Something that had a name at the beginning, or got one since. */
interface Thing { origin: string | null, isChanged: boolean, isFolder: boolean }

/** A name that something happened to: what was and what is there. */
interface Place { path: Path, before: boolean, now: Thing | null, isFolder: boolean, group: Group }

/** Names that have to be told together, because something was moved from one to the other. */
interface Group { firstAt: number, lastAt: number, places: Set<Place> }

/** Turns events into changes. Knows no clock: who calls it says what time it is. */
export class Debouncer {
  readonly #quietMs: number
  readonly #maxMs: number
  readonly #places = new Map<string, Place>()
  readonly #groups = new Set<Group>()
  #passed: Change[] = []

  constructor({ quietMs = 50, maxMs = 1000 }: DebounceOptions = {}) {
    this.#quietMs = quietMs
    this.#maxMs = Math.max(maxMs, quietMs)
  }

  add(event: WatchEvent, atMs: number): void {
    if (event.kind === 'overflow' || event.kind === 'degraded' || event.kind === 'gone') {
      this.#passed.push(...this.flush(), event)
    } else if (event.kind === 'renamed') {
      this.#move(event, atMs)
    } else {
      this.#touch(event, atMs)
    }
  }

  // say what is due, and when
  /** The changes that are due at this time, the oldest first. */
  due(atMs: number): Change[] {
    const groups = [...this.#groups].filter(group => this.#dueAt(group) <= atMs)
    return [...this.#passed.splice(0), ...groups.flatMap(group => this.#close(group))]
  }

  /** All changes that began, due or not. */
  flush(): Change[] {
    return [...this.#passed.splice(0), ...[...this.#groups].flatMap(group => this.#close(group))]
  }

  /** When something will be due; Infinity when nothing has begun. */
  get nextMs(): number {
    if (this.#passed.length > 0) return 0
    let next = Infinity
    for (const group of this.#groups) next = Math.min(next, this.#dueAt(group))
    return next
  }

  #dueAt({ firstAt, lastAt }: Group): number {
    return Math.min(lastAt + this.#quietMs, firstAt + this.#maxMs)
  }
  // note what happened at one place
  #touch({ kind, path, isFolder }: WatchEvent & { path: Path, isFolder: boolean }, atMs: number): void {
    const place = this.#at(path, isFolder, kind !== 'created', atMs)
    if (kind === 'created') {
      place.now = { origin: null, isChanged: true, isFolder }
    } else if (kind === 'deleted') {
      place.now = null
    } else {
      place.now ??= { origin: null, isChanged: true, isFolder }
      place.now.isChanged = true
    }
  }
  // carry a thing from place to place
  #move({ from, to, isFolder, replaced }: WatchEvent & { kind: 'renamed' }, atMs: number): void {
    const source = this.#at(from, isFolder, true, atMs)
    const target = this.#at(to, isFolder, replaced, atMs)
    this.#unite(source.group, target.group)
    target.now = source.now ?? { origin: String(from), isChanged: false, isFolder }
    source.now = null
    if (isFolder) this.#carry(`${String(from)}/`, `${String(to)}/`, source.group, atMs)
  }

  /** What happened below a renamed folder happened to the same things, which have other names now. */
  #carry(from: string, to: string, group: Group, atMs: number): void {
    for (const [key, place] of [...this.#places]) {
      if (!key.startsWith(from) || place.now === null) continue
      const next = this.#at(to + key.slice(from.length), place.isFolder, false, atMs)
      this.#unite(group, place.group)
      this.#unite(group, next.group)
      next.now = place.now
      place.now = null
    }
  }
  // find the place of a path
  #at(path: Path, isFolder: boolean, before: boolean, atMs: number): Place {
    const key = String(path)
    let place = this.#places.get(key)
    if (place === undefined) {
      const group: Group = { firstAt: atMs, lastAt: atMs, places: new Set() }
      const now = before ? { origin: key, isChanged: false, isFolder } : null
      place = { path, before, now, isFolder, group }
      group.places.add(place)
      this.#groups.add(group)
      this.#places.set(key, place)
    }
    place.group.lastAt = atMs
    place.isFolder = isFolder
    return place
  }
  // let two groups be one
  #unite(one: Group, other: Group): void {
    if (one === other) return
    for (const place of other.places) {
      place.group = one
      one.places.add(place)
    }
    one.firstAt = Math.min(one.firstAt, other.firstAt)
    one.lastAt = Math.max(one.lastAt, other.lastAt)
    this.#groups.delete(other)
  }
  // sum up a group
  #close(group: Group): Change[] {
    this.#groups.delete(group)
    const places = [...group.places]
    for (const { path } of places) this.#places.delete(String(path))
    const isVacant = (key: string) => places.some(({ path, now }) => String(path) === key && now === null)
    const moves = new Map<string, string>()
    const changes = places.flatMap(place => changesOf(place, isVacant, moves))
    const isTold = (change: Change) => change.kind === 'deleted' ? !moves.has(String(change.path))
      : change.kind !== 'renamed' || !isImplied(change, moves)
    // Renames come first, since the others use the new names.
    return changes.filter(isTold).sort((a, b) => Number(b.kind === 'renamed') - Number(a.kind === 'renamed'))
  }
}

function changesOf(
  { path, before, now, isFolder }: Place, isVacant: (key: string) => boolean, moves: Map<string, string>,
): Change[] {
  if (now === null) return before ? [{ kind: 'deleted', path, isFolder }] : []
  const key = String(path)
  if (before) {
    const isSame = now.origin === key
    return isSame && !now.isChanged ? [] : [{ kind: 'changed', path, isFolder }]
  }
  if (now.origin === null || now.origin === key || !isVacant(now.origin)) {
    return [{ kind: 'created', path, isFolder }]
  }
  moves.set(now.origin, key)
  const renamed: Change = { kind: 'renamed', from: now.origin, to: path, isFolder }
  return now.isChanged ? [renamed, { kind: 'changed', path, isFolder }] : [renamed]
}

/** Whether the rename of a folder above says it already. */
function isImplied(change: Change & { kind: 'renamed' }, moves: Map<string, string>): boolean {
  const [from, to] = [String(change.from), String(change.to)]
  for (const [above, aboveTo] of moves) {
    if (from.startsWith(`${above}/`) && to === aboveTo + from.slice(above.length)) return true
  }
  return false
}

/** The changes in a watched tree, in batches, each when it has come to rest. Ends with the watcher. */
export async function* changes(
  watcher: Watcher, options: DebounceOptions = {},
): AsyncGenerator<Change[], void, undefined> {
  const debouncer = new Debouncer(options)
  for (let isOpen = true; isOpen;) {
    isOpen = await waitUntil(watcher, debouncer.nextMs)
    for (const event of watcher.take()) debouncer.add(event, performance.now())
    const due = isOpen ? debouncer.due(performance.now()) : debouncer.flush()
    if (due.length > 0) yield due
  }
}

async function waitUntil(watcher: Watcher, nextMs: number): Promise<boolean> {
  const timeoutMs = nextMs === Infinity ? undefined : Math.max(0, Math.ceil(nextMs - performance.now()))
  try {
    return await watcher.wait({ timeoutMs })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return true
    throw error
  }
}
