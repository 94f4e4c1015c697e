// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { open, statIfThere, O_CREAT, O_EXCL, O_WRONLY } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { link, list, mkdir, rename, rmdir, unlink } from '../foundations/name.ts'
import { copyRange } from '../primitives/splice.ts'
import { CurrentPointer, type PinnedVersion } from './current-pointer.ts'

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** One version of a folder. It stays as it is until `close`, or the end of the process. */
export class FolderView {
  readonly #version: PinnedVersion
  constructor(version: PinnedVersion) { this.#version = version }

  /** The version's number, in six or more digits. */
  get name(): string { return this.#version.name }
  /** Where it is, for programs that read it themselves. Nothing in there may be written to. */
  get path(): string { return this.#version.path }
  /** The names of all files, also of those in folders (`'maps/first-floor'`), sorted. */
  list(): string[] { return filesIn(this.path) }
  /** The bytes of a file, or null if this version has none of that name. */
  read(name: string): Buffer | null { return readIfThere(inside(this.path, name)) }
  /** Lets go. When all have, and it is not current, the next update removes it. */
  close(): void { this.#version.close() }
}

/** Opens the current version; null if there was no update yet. Its parent must be there: ENOENT. */
export function openFolder(path: string): FolderView | null {
  const version = new CurrentPointer(path).open()
  return version === null ? null : new FolderView(version)
}

export interface FolderUpdateOptions {
  /** How many times to begin again when another writer was quicker. Default 0. */
  retries?: number | undefined
  /** How many of the newest versions stay even if nobody reads them, to go back to. Default 0. */
  keep?: number | undefined
  /** Gives unchanged files a second name, or a second file: see below. Default `'link'`. */
  unchanged?: 'link' | 'copy' | undefined
}

// update a folder
/**
 * Lets `change` work on a copy of the folder and makes the copy current; returns its name. What
 * `change` throws is thrown on, and nothing is changed. ESTALE: another was quicker.
 */
export function updateFolder(
  path: string, change: (copy: FolderCopy) => void,
  { retries = 0, keep = 0, unchanged = 'link' }: FolderUpdateOptions = {},
): string {
  if (!(retries >= 0)) throw new RangeError(`retries must be a number >= 0, not ${retries}`)
  const pointer = new CurrentPointer(path)
  for (let left = retries; ; left--) {
    pointer.prune({ keep })
    try {
      const name = tryUpdate(pointer, change, unchanged)
      ignoreRefusal(() => pointer.prune({ keep }))
      return name
    } catch (error) {
      if (!is(error, 'ESTALE') || left < 1) throw error
    }
  }
}

function ignoreRefusal(action: () => unknown): void {
  try { action() } catch (error) { if (!(error instanceof SystemError)) throw error }
}

// try it on the version that is current
function tryUpdate(
  pointer: CurrentPointer, change: (copy: FolderCopy) => unknown, unchanged: 'link' | 'copy',
): string {
  const version = pointer.open()
  try {
    return pointer.publish(path => {
      if (version !== null) copyTree(version.path, path, unchanged === 'link' ? linkFile : copyFile)
      if (change(new FolderCopy(path)) instanceof Promise) {
        throw new TypeError('a change must be done when it returns; get what it needs first')
      }
    }, { expected: version?.name ?? null })
  } finally {
    version?.close()
  }
}

// copy a version
function copyTree(from: string, to: string, copy: (source: string, target: string) => void): void {
  for (const { name, type } of [...list(from)]) {
    const [source, target] = [`${from}/${String(name)}`, `${to}/${String(name)}`]
    if (type === 'file') {
      copy(source, target)
    } else if (type === 'directory') {
      mkdir(target)
      copyTree(source, target, copy)
    } else {
      throw new SystemError('EINVAL', 'link', { path: source, hint: `a version has files and folders, no ${type}` })
    }
  }
}

function linkFile(source: string, target: string): void {
  try {
    link(source, target)
  } catch (error) {
    if (!is(error, 'EMLINK', 'EPERM', 'EOPNOTSUPP')) throw error
    copyFile(source, target)
  }
}

function copyFile(source: string, target: string): void {
  const from = open(source)
  try {
    create(target, from.stat().mode & 0o7777, to => { while (copyRange(from, to) > 0); })
  } finally {
    from.close()
  }
}

// change the copy
/** A folder that nobody else sees yet. Of use only until the change returns. */
export class FolderCopy {
  readonly #path: string
  constructor(path: string) { this.#path = path }

  list(): string[] { return filesIn(this.#path) }
  read(name: string): Buffer | null { return readIfThere(inside(this.#path, name)) }

  /** Gives the name to a new file, and makes the folders on the way. EISDIR, ENOTDIR, ENOSPC. */
  write(name: string, data: string | Uint8Array): void {
    const [target, next] = [inside(this.#path, name), `${this.#path}/../next`]
    for (let at = name.indexOf('/'); at !== -1; at = name.indexOf('/', at + 1)) {
      ifNot('EEXIST', () => mkdir(`${this.#path}/${name.slice(0, at)}`))
    }
    try {
      create(next, 0o444, file => file.writeAll(typeof data === 'string' ? Buffer.from(data) : data))
      rename(next, target)
    } catch (error) {
      ifNot('ENOENT', () => unlink(next))
      throw error
    }
  }

  /** Removes a file, or a folder with all that is in it. Returns whether it was there. */
  remove(name: string): boolean {
    const path = inside(this.#path, name)
    const found = statIfThere(path, { follow: false })
    if (found !== null) removeAll(path, found.type === 'directory')
    return found !== null
  }
}

// refuse a name that leads out
function inside(path: string, name: string): string {
  if (!name.split('/').some(part => ['', '.', '..'].includes(part))) return `${path}/${name}`
  throw new SystemError('EINVAL', 'open', { path: name, hint: 'a name of a file in the folder, as maps/first-floor' })
}

function ifNot(code: string, action: () => void): void {
  try { action() } catch (error) { if (!is(error, code)) throw error }
}

function create(path: string, mode: number, fill: (file: ReturnType<typeof open>) => void): void {
  const file = open(path, O_WRONLY | O_CREAT | O_EXCL, mode)
  try { fill(file) } finally { file.close() }
}

function filesIn(path: string, at = ''): string[] {
  return [...list(`${path}/${at}`)].flatMap(({ name, type }) =>
    type === 'directory' ? filesIn(path, `${at}${String(name)}/`) : `${at}${String(name)}`).sort()
}

function readIfThere(path: string): Buffer | null {
  if (statIfThere(path)?.type !== 'file') return null
  const file = open(path)
  try { return file.readAll() } finally { file.close() }
}

function removeAll(path: string, isFolder: boolean): void {
  for (const { name, type } of isFolder ? [...list(path)] : []) {
    removeAll(`${path}/${String(name)}`, type === 'directory')
  }
  if (isFolder) rmdir(path)
  else unlink(path)
}
