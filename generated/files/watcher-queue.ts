// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'

/** What a watcher tells. Paths begin with the root as it was given. */
export type WatchEvent =
  | { kind: ChangeKind, path: Path, isFolder: boolean }
  /** One step for both names. `replaced`: somebody had the name `to` and lost it. */
  | { kind: 'renamed', from: Path, to: Path, isFolder: boolean, replaced: boolean }
  /**
   * Events are missing here. `kernel`: what a new look finds different follows as events. `queue`:
   * nobody took the events, more than `queueLimit` were dropped; `paths()` tells how things stand.
   */
  | { kind: 'overflow', by: 'kernel' | 'queue' }
  /** From this folder on down the watcher looks again and again, or (`to: 'nothing'`) is blind. */
  | { kind: 'degraded', path: Path, to: 'polling' | 'nothing', reason: string }
  /** The root is no more, has another name or was unmounted. The last event. */
  | { kind: 'gone', path: Path, reason: 'gone' | 'moved' | 'unmounted' }
/** `written`: closed by somebody who could write. `attributes`: mode, owner, times, links. */
export type ChangeKind = 'created' | 'changed' | 'written' | 'attributes' | 'deleted'

/** What was told and not yet taken. */
export class EventQueue {
  readonly #limit: number
  #events: (WatchEvent | undefined)[] = []
  #head = 0
  #voids = 0
  /** Where the last event of a kind about a path stands, counted from the first event ever. */
  readonly #latest = new Map<string, number>()
  #first = 0

  constructor(limit: number) { this.#limit = limit }

  get size(): number { return this.#events.length - this.#head - this.#voids }

  push(event: WatchEvent): void {
    if ('path' in event) this.#merge(event)
    else this.#latest.clear()
    this.#events.push(event)
    if (this.size > this.#limit) this.#giveUp()
    else if (this.#voids > 1000 && this.#voids > this.size) this.#compact()
  }

  // let a repetition take the place of what it repeats
  #merge({ kind, path, ...rest }: WatchEvent & { path: Path }): void {
    const text = String(path)
    if (REPEATABLE.has(kind)) {
      const key = `${kind} ${text}`
      const before = this.#latest.get(key)
      if (before !== undefined && before >= this.#first + this.#head) {
        this.#events[before - this.#first] = undefined
        this.#voids++
      }
      this.#latest.set(key, this.#first + this.#events.length)
    } else if ('isFolder' in rest && !rest.isFolder) {
      for (const each of REPEATABLE) this.#latest.delete(`${each} ${text}`)
    } else {
      this.#latest.clear()
    }
  }

  // take the oldest, or all
  /** Takes the oldest event; undefined when there is none. */
  shift(): WatchEvent | undefined {
    while (this.#head < this.#events.length) {
      const event = this.#events[this.#head]
      this.#events[this.#head++] = undefined
      if (event !== undefined) {
        if (this.#head > 1000 && this.#head > this.#events.length / 2) this.#forget()
        return event
      }
      this.#voids--
    }
    this.#restart()
    return undefined
  }

  /** Takes all of them. */
  take(): WatchEvent[] {
    const events = this.#events.slice(this.#head).filter(each => each !== undefined)
    this.#restart()
    return events
  }

  // keep it small
  #restart(): void {
    this.#first += this.#events.length
    this.#events = []
    this.#head = this.#voids = 0
    this.#latest.clear()
  }

  #forget(): void {
    this.#first += this.#head
    this.#events = this.#events.slice(this.#head)
    this.#head = 0
  }

  #compact(): void {
    const events = this.take()
    this.#events = events
    events.forEach((event, i) => {
      if ('path' in event && REPEATABLE.has(event.kind)) {
        this.#latest.set(`${event.kind} ${String(event.path)}`, this.#first + i)
      }
    })
  }

  #giveUp(): void {
    this.#restart()
    this.#events.push({ kind: 'overflow', by: 'queue' })
  }
}
const REPEATABLE: ReadonlySet<string> = new Set(['changed', 'written', 'attributes'])
