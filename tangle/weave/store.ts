// What is dear to compute is kept between runs, each thing under the digest of what it was computed from.
import { appendFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { readIfThere, replaceFile } from '../files.ts'

export interface Store<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  /** Keeps what was set. What nobody has asked for since the store was opened goes as soon as it is the larger part. */
  save(): void
}

/** What a store held when this process has read or written it last. Whoever weaves again and again reads it once. */
interface Shelf {
  version: string
  entries: Map<string, unknown>
  /** Tells whether another process has written since. */
  stamp: string
}
const shelves = new Map<string, Shelf>()

/** A damaged store, or one that another `version` wrote, is an empty one. */
export function openStore<T>({ root, cache }: Config, name: string, version: string): Store<T> {
  const path = join(root, cache, `${name}.jsonl`)
  const { entries, stamp } = shelfAt(path, version)
  const used = new Set<string>()
  const added = new Map<string, T>()
  return {
    get(key) {
      const value = (added.get(key) ?? entries.get(key)) as T | undefined
      if (value !== undefined) used.add(key)
      return value
    },
    set(key, value) {
      added.set(key, value)
      used.add(key)
    },
    save() {
      const isMostlyOld = entries.size + added.size > 2 * used.size + 20
      if (added.size === 0 && !isMostlyOld) return
      for (const [key, value] of added) entries.set(key, value)
      if (isMostlyOld) for (const key of entries.keys()) if (!used.has(key)) entries.delete(key)
      try {
        // A line more is a line's work; the whole is written only when it has to shrink, or is not ours.
        if (isMostlyOld || stamp === '') replaceFile(path, [JSON.stringify(version), ...[...entries].map(lineOf)].join('\n'))
        else appendFileSync(path, `\n${[...added].map(lineOf).join('\n')}`)
      } catch {
        // a disk that is full costs time, not correctness
      }
      added.clear()
      shelves.set(path, { version, entries, stamp: stampOf(path) })
    },
  }
}

const lineOf = (entry: [key: string, value: unknown]) => JSON.stringify(entry)

function shelfAt(path: string, version: string): Shelf {
  const stamp = stampOf(path)
  const known = shelves.get(path)
  if (known && known.stamp === stamp && known.version === version) return known
  const shelf = { version, ...read(path, version, stamp) }
  shelves.set(path, shelf)
  return shelf
}

function stampOf(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false, bigint: true })
  return found ? [found.dev, found.ino, found.size, found.mtimeNs].join(' ') : ''
}

/** A line that was cut off, or grown together with another's, is no line. */
function read(path: string, version: string, stamp: string): { entries: Map<string, unknown>; stamp: string } {
  const [first, ...lines] = (readIfThere(path) ?? '').split('\n')
  if (first !== JSON.stringify(version)) return { entries: new Map(), stamp: '' }
  const entries = new Map<string, unknown>()
  for (const line of lines) {
    try {
      const [key, value] = JSON.parse(line) as [string, unknown]
      entries.set(key, value)
    } catch {
      // costs time, not correctness
    }
  }
  return { entries, stamp }
}
