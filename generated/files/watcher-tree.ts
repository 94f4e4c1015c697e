// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'

/** A folder as the watcher knows it. */
export interface Folder {
  name: string
  parent: Folder | null
  /** The backend's number, or one of the two below. */
  watch: number
  /** The names of what is no folder: few of them in one string between slashes, many as a set. */
  files: string | Set<string>
  folders: Map<string, Folder> | null
}

/** Not watched yet, or not any more; and taken out of the tree. */
export const [UNWATCHED, DEAD] = [0, -2]

export function createFolder(name: string, parent: Folder | null): Folder {
  return { name, parent, watch: UNWATCHED, files: '', folders: null }
}

/** What has this name: a folder, null for anything else, undefined for nothing. */
export function entryOf({ files, folders }: Folder, key: string): Folder | null | undefined {
  const found = folders?.get(key)
  if (found !== undefined) return found
  const isThere = typeof files === 'string' ? files.includes(`/${key}/`) : files.has(key)
  return isThere ? null : undefined
}

/** Takes names in that nothing in the folder has yet. */
export function putFiles(folder: Folder, keys: readonly string[]): void {
  if (keys.length === 0) return
  if (typeof folder.files === 'string') {
    const packed = folder.files === '' ? ['', ...keys, ''].join('/') : `${folder.files}${keys.join('/')}/`
    folder.files = packed.length < PACKED_MAX ? packed : new Set(packed.slice(1, -1).split('/'))
  } else {
    for (const key of keys) folder.files.add(key)
  }
}
const PACKED_MAX = 2048

export function putFolder(folder: Folder, key: string, entry: Folder): void {
  folder.folders ??= new Map()
  folder.folders.set(key, entry)
}

export function dropEntry(folder: Folder, key: string): void {
  if (folder.folders?.delete(key)) return
  if (typeof folder.files !== 'string') folder.files.delete(key)
  else folder.files = folder.files.replace(`/${key}/`, () => '/')
}

export function keysOf({ files, folders }: Folder): string[] {
  const names = typeof files === 'string' ? files.split('/').filter(Boolean) : [...files]
  return folders === null ? names : [...folders.keys(), ...names]
}

/** A name as a key of a map. No name has a NUL, so bytes that are no string can be marked by one. */
export function keyOf(name: Path): string {
  return typeof name === 'string' ? name : `\0${Buffer.from(name).toString('latin1')}`
}

/** The name again. */
export function nameOf(key: string): Path {
  return key.startsWith('\0') ? Uint8Array.from(bytesOf(key)) : key
}

function bytesOf(key: string): Buffer {
  return key.startsWith('\0') ? Buffer.from(key.slice(1), 'latin1') : Buffer.from(key)
}

/** The path of `key` in the folder, or of the folder itself. */
export function pathOf(folder: Folder, key?: string): Path {
  let text = key
  for (let each: Folder | null = folder; each !== null; each = each.parent) {
    const { name } = each
    text = text === undefined ? name : name.endsWith('/') ? name + text : `${name}/${text}`
  }
  return text!.includes('\0') ? bytePath(folder, key) : text!
}

function bytePath(folder: Folder, key: string | undefined): Uint8Array {
  const parts = key === undefined ? [] : [bytesOf(key)]
  for (let each: Folder | null = folder; each !== null; each = each.parent) {
    parts.unshift(bytesOf(each.name))
  }
  const separated = parts.flatMap((part, i) =>
    i === 0 || parts[i - 1]!.at(-1) === SLASH ? [part] : [Buffer.from('/'), part])
  return Uint8Array.from(Buffer.concat(separated))
}
const SLASH = 0x2f

/** The path below the root, with `/` between the names; '' for the root. Bytes as in a key. */
export function partOf(folder: Folder, key?: string): string {
  const names = key === undefined ? [] : [key]
  for (let each = folder; each.parent !== null; each = each.parent) names.unshift(each.name)
  return names.join('/')
}

export function isWithin(folder: Folder, ancestor: Folder): boolean {
  for (let each: Folder | null = folder; each !== null; each = each.parent) {
    if (each === ancestor) return true
  }
  return false
}

/** All folders below this one, and it: parents first. */
export function* foldersOf(folder: Folder): Generator<Folder, void, undefined> {
  const stack = [folder]
  for (let each; (each = stack.pop()) !== undefined;) {
    yield each
    stack.push(...each.folders?.values() ?? [])
  }
}
