// What is dear to compute is kept between runs, each thing under the digest of what it was computed from.
import { join } from 'node:path'
import type { Config } from '../config.ts'
import { readIfThere, replaceFile } from '../files.ts'

export interface Store<T> {
  get(key: string): T | undefined
  set(key: string, value: T): void
  /** Keeps what was asked for or set since the store was opened. */
  save(): void
}

/** A damaged store, or one that another `version` wrote, is an empty one. */
export function openStore<T>({ root, cache }: Config, name: string, version: string): Store<T> {
  const path = join(root, cache, `${name}.json`)
  const known = read<T>(path, version)
  const used: Record<string, T> = {}
  let changed = false
  return {
    get(key) {
      if (Object.hasOwn(used, key)) return used[key]
      if (!Object.hasOwn(known, key)) return undefined
      return (used[key] = known[key]!)
    },
    set(key, value) {
      used[key] = value
      changed = true
    },
    save() {
      if (!changed && Object.keys(used).length === Object.keys(known).length) return
      try {
        replaceFile(path, JSON.stringify({ version, entries: used }))
      } catch {
        // a disk that is full costs time, not correctness
      }
    },
  }
}

function read<T>(path: string, version: string): Record<string, T> {
  try {
    const stored = JSON.parse(readIfThere(path) ?? '{}')
    return stored.version === version ? stored.entries : {}
  } catch {
    return {}
  }
}
