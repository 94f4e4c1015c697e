// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { open } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { unlink } from '../foundations/name.ts'
import { atomicWrite, type Durability } from './atomic-write.ts'

export interface MergeOptions {
  /** See the atomic write. Default `'disk'`. */
  durability?: Durability | undefined
  /** Looks what was replaced, and keeps it if it is not what was read. Default false. */
  detect?: boolean | undefined
}

export interface Merged {
  /** False if the patch changed nothing. */
  isWritten: boolean
  /** From the read to the rename. What others wrote meanwhile was overwritten. */
  windowMs: number
  /** With `detect`: where a version is kept that nobody has merged, or null. */
  overwritten: Path | null
}

/** Applies `patch` to the file's present text (null: there is no file) and replaces it at once. Takes no lock. */
export function mergeUpdate(
  path: Path, patch: (text: string | null) => string, { durability, detect = false }: MergeOptions = {},
): Merged {
  const begin = performance.now()
  const read = readIfThere(path)
  const text = patch(read)
  if (text === read) return { isWritten: false, windowMs: performance.now() - begin, overwritten: null }
  const { previous } = atomicWrite(path, text, { durability, replace: detect ? 'exchange' : true })
  const windowMs = performance.now() - begin
  // look at what was replaced
  if (previous !== undefined && readIfThere(previous) === read) {
    unlink(previous)
    return { isWritten: true, windowMs, overwritten: null }
  }
  return { isWritten: true, windowMs, overwritten: previous ?? null }
}

function readIfThere(path: Path): string | null {
  let file
  try {
    file = open(path)
    return file.readAll().toString()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  } finally {
    file?.close()
  }
}

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

const isObject = (value: unknown): value is { [key: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** RFC 7396: the target with the patch merged into it. Neither of the two is changed. */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch
  const merged = new Map(Object.entries(isObject(target) ? target : {}))
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key)
    else merged.set(key, mergePatch(merged.get(key), value))
  }
  return Object.fromEntries(merged)
}
