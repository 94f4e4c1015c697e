// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { open, stat, type FileType } from '../foundations/file.ts'
import type { Path } from '../foundations/kernel.ts'
import { list, unlink, type Entry } from '../foundations/name.ts'
import { unlessMissing, type Folders } from './message-bus-lock.ts'
import { inFolder, isHidden, isTooLong, keyOf, partsOf, sortNames } from './message-bus-names.ts'

/** A message as `list` tells it. A claim made by hand may have no worker. */
export interface Listed {
  state: 'waiting' | 'claimed' | 'completed' | 'unfit'
  name: Path
  bytes: number
  worker?: string
  isAlive?: boolean
  /** Why a file in the inbox is passed over. */
  reason?: string
}

/** Why no worker takes this file, if so. */
export function unfitness(folder: string, { name, type }: Entry): string | undefined {
  const known: FileType = type === 'unknown' ? typeAt(inFolder(folder, name)) : type
  if (known !== 'file') return `it is a ${known}, not a file`
  return isTooLong(name) ? 'its name is longer than 242 bytes' : undefined
}

function typeAt(path: Path): FileType {
  let type: FileType = 'unknown'
  unlessMissing(() => { type = stat(path, { follow: false }).type })
  return type
}

export function* listBus(folders: Folders): Generator<Listed, void, undefined> {
  for (const state of ['waiting', 'claimed', 'completed'] as const) {
    const { inbox: waiting, processing: claimed, completed } = folders
    const folder = { waiting, claimed, completed }[state]
    const entries = new Map([...list(folder)].map(entry => [keyOf(entry.name), entry]))
    for (const name of sortNames([...entries.values()].map(entry => entry.name))) {
      if (isHidden(name)) continue
      const reason = state === 'waiting' ? unfitness(folder, entries.get(keyOf(name))!) : undefined
      let bytes = -1   // one that has moved on meanwhile is told where it is now, or was told already
      unlessMissing(() => { bytes = stat(inFolder(folder, name), { follow: false }).size })
      if (bytes === -1) continue
      if (reason !== undefined) yield { state: 'unfit', name, bytes, reason }
      else if (state === 'claimed') yield { state, bytes, ...ownerOf(folders.workers, name) }
      else yield { state, name, bytes }
    }
  }
}

function ownerOf(workers: string, claim: Path): Pick<Listed, 'name' | 'worker' | 'isAlive'> {
  const { name, worker } = partsOf(claim)
  if (worker === undefined) return { name }
  let isAlive: boolean | undefined
  unlessMissing(() => {
    const file = open(`${workers}/${worker}`)
    isAlive = file.isLocked()
    file.close()
  })
  return isAlive === undefined ? { name, worker } : { name, worker, isAlive }
}

/** A rename sets the file's ctime, so for a completed message it is the time of its completion. */
export function pruneFolder(folder: string, olderThanMs: number): number {
  const latest = BigInt(Date.now() + 1 - olderThanMs) * 1_000_000n   // this millisecond is over
  let count = 0
  for (const { name } of list(folder)) {
    const path = inFolder(folder, name)
    unlessMissing(() => {
      if (stat(path, { follow: false }).ctimeNs > latest) return
      unlink(path)
      count += 1
    })
  }
  return count
}
