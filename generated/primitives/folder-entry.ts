// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import { open, stat, O_CREAT, O_EXCL, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { Folder, join } from '../foundations/name.ts'
import type { Address, Primitive } from '../foundations/taxonomy.ts'

/**
 * Puts up a note. False: the same one hangs there already. EINVAL: it is empty, `.`, `..` or has a
 * slash; ENAMETOOLONG: more than 255 bytes; else as open(2).
 */
export function post(folder: Path, note: Path, mode = 0o666): boolean {
  try {
    open(notePath(folder, note), O_WRONLY | O_CREAT | O_EXCL, mode).close()
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EEXIST') return false
    throw error
  }
}

const unlinkIfThere = bind('int unlink(const char *path)', { expected: ['ENOENT'] })

/** Takes a note down. False: it does not hang there, or another one was faster. EPERM, EACCES, EISDIR. */
export function take(folder: Path, note: Path): boolean {
  return unlinkIfThere(notePath(folder, note)) >= 0
}

function notePath(folder: Path, note: Path): Path {
  const bytes = Buffer.from(note as string)
  if (['', '.', '..'].includes(String(note)) || bytes.includes('/')) {
    throw new SystemError('EINVAL', 'post', { path: note, hint: 'a note is one name in the folder' })
  }
  return join(folder, note)
}

/** The names in the folder, in the filesystem's order: those that stay meanwhile, each once. */
export function notes(folder: Path): Set<Path> {
  const open = new Folder(folder)
  try {
    return notesIn(open)
  } finally {
    open.close()
  }
}

function notesIn(folder: Folder): Set<Path> {
  const found = new Map<string, Path>()   // by their bytes: two arrays of the same are two keys
  for (let part; (part = folder.read()) !== null;) {
    for (const name of part.names) {
      found.set(typeof name === 'string' ? name : Buffer.from(name).toString('latin1') + '\0', name)
    }
  }
  return new Set(found.values())
}

const STEP_NS = 10_000_000n

/**
 * The names that stood in the folder at one moment, or null: it was not still for 10 ms within
 * `timeoutMs`. Looks again every few milliseconds. Errors as open(2).
 */
export async function snapshot(folder: Path, { timeoutMs = 1000 } = {}): Promise<Set<Path> | null> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    const found = photograph(folder)
    if (found !== null || performance.now() >= deadline) return found
    await new Promise(resolve => setTimeout(resolve, 3))
  }
}

function photograph(path: Path): Set<Path> | null {
  const before = stat(path)
  if (BigInt(Date.now()) * 1_000_000n - before.ctimeNs < STEP_NS) return null
  const folder = new Folder(path)
  try {
    const found = notesIn(folder)
    const after = folder.file.stat()
    return (['dev', 'ino', 'ctimeNs'] as const).every(each => before[each] === after[each]) ? found : null
  } finally {
    folder.close()
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'folder entry, taken',
  module: import.meta.url,
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => { post(to as string, text) },
  receive: (from: Address | OpenFile) => ({
    next: () => [...notes(from as string)].map(String).find(note => take(from as string, note)) ?? null,
    close() {},
  }),
}]
