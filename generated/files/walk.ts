// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import type { FileType, Stat } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, type Names } from '../foundations/name.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFolder } from '../platforms/platform.ts'

/**
 * The names in a folder, without `.` and `..`: in order, or with `sort: false` as the filesystem has them. With
 * `join`, as paths.
 */
export function readdir(
  folder?: Path, { join: joined = false, sort = true }: { join?: boolean, sort?: boolean } = {},
): Path[] {
  const path = folder ?? (joined ? platform.cwd() : '.')
  const open = platform.folder(path)
  const names: Path[] = []
  try {
    for (let found; (found = open.read()) !== null;) names.push(...found.names)
  } finally {
    open.close()
  }
  if (sort) sortNames(names)
  return joined ? names.map(name => join(path, name)) : names
}

function sortNames(names: Path[]): Path[] {
  if (names.every(name => typeof name === 'string')) return names.sort()
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
}

export interface WalkOptions {
  /** Default false: a symbolic link is told, and not entered. */
  followSymlinks?: boolean | undefined
  /** Gets what could not be read, and the walk goes on. By default it is thrown, and the walk ends. */
  onError?: ((error: Error) => void) | undefined
}

/** What the walk found. `type` is the entry's own: a symbolic link is one, also where it is followed. */
export class WalkEntry {
  /** The path of the folder that the name stands in; begins as the walk's `top` does. */
  readonly folder: Path
  readonly name: Path
  readonly type: FileType

  constructor(folder: Path, name: Path, type: FileType) {
    this.folder = folder
    this.name = name
    this.type = type
  }

  get path(): Path { return join(this.folder, this.name) }
}

/** Every entry under `top`, in the filesystem's own order: getdents64(2). Holds an open folder for each level. */
export function* walk(
  top: Path, options: WalkOptions & { enter?: ((folder: WalkEntry) => boolean) | undefined } = {},
): Generator<WalkEntry, void, undefined> {
  const { followSymlinks = false, onError = raise, enter } = options
  const way = new Way(followSymlinks, onError)
  try {
    way.start(top)
    for (let here; (here = way.here) !== undefined;) {
      const folder = here.ahead.pop()
      if (folder !== undefined) {
        way.down(folder)
        continue
      }
      const found = way.read(here)
      if (found === null) {
        way.up()
        continue
      }
      // tell the names, and remember the folders among them
      const { names, types } = found
      for (let i = 0; i < names.length; i++) {
        const entry = new WalkEntry(here.path, names[i]!, types[i]!)
        yield entry
        if (entry.type !== 'directory' && (entry.type !== 'symlink' || !way.isFolder(entry))) continue
        if (enter === undefined || enter(entry)) here.ahead.push(entry)
      }
      here.ahead.reverse()
    }
  } finally {
    way.leave()
  }
}

/** One level: an open folder, and those in it that are still to be entered. */
interface Level { path: Path, open: PlatformFolder, ahead: WalkEntry[], stat: Stat | null }

/** The open folders from the top to where a walk is. */
class Way {
  readonly #levels: Level[] = []
  readonly #follow: boolean
  readonly #onError: (error: Error) => void

  constructor(follow: boolean, onError: (error: Error) => void) {
    this.#follow = follow
    this.#onError = onError
  }

  get here(): Level | undefined { return this.#levels[this.#levels.length - 1] }

  /** The top is the caller's choice, so a symbolic link is followed. */
  start(top: Path): boolean { return this.#try(top, () => this.#push(top, platform.folder(top))) }

  up(): void { this.#levels.pop()!.open.close() }

  leave(): void { while (this.#levels.length > 0) this.up() }

  // go down by the name, not by the path
  /** False if it could not be entered, and that was told. */
  down(entry: WalkEntry): boolean {
    const { path, type, name } = entry
    return this.#try(path, () => this.#push(path,
      type === 'symlink' ? platform.folder(path) : this.here!.open.folder(name)))
  }

  #push(path: Path, open: PlatformFolder): void {
    const stat = this.#follow ? open.stat() : null
    if (stat !== null && this.#levels.some(level =>
      level.stat!.ino === stat.ino && level.stat!.dev === stat.dev)) {
      open.close()
      throw new SystemError('ELOOP', 'open')
    }
    this.#levels.push({ path, open, ahead: [], stat })
  }
  // read, and ask for the types that the folder does not know
  read(level: Level): Names | null {
    let found: Names | null = null
    this.#try(level.path, () => { found = level.open.read() })
    const { names, types } = found ?? { names: [], types: [] } as Names
    for (let i = types.indexOf('unknown'); i !== -1; i = types.indexOf('unknown', i + 1)) {
      this.#try(join(level.path, names[i]!), () => { types[i] = level.open.stat(names[i]!).type })
    }
    return found
  }
  // see whether a symbolic link leads to a folder
  isFolder({ path }: WalkEntry): boolean {
    if (!this.#follow) return false
    let isFolder = false
    this.#try(path, () => { isFolder = typeBehind(path) === 'directory' })
    return isFolder
  }
  // pass a refusal on, and say where it was
  #try(path: Path, action: () => void): boolean {
    try {
      action()
      return true
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      this.#onError(new SystemError(error.errno, error.syscall, { path }))
      return false
    }
  }
}

function raise(error: Error): never { throw error }

function typeBehind(path: Path): FileType {
  try {
    return platform.stat(path).type
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return 'unknown'
    throw error
  }
}

/** A folder, and the names in it. A symbolic link to a folder is in `dirs` where links are followed. */
export interface WalkedFolder { path: Path, dirs: Path[], files: Path[] }

export interface WalkdirOptions extends WalkOptions {
  /** Default true: a folder before those in it. False: after them. */
  topdown?: boolean | undefined
  /** Default true. False: as the filesystem has them, which is faster. */
  sort?: boolean | undefined
}

/** Every folder under `top`, `top` itself included. Top down, what is taken out of `dirs` is not entered. */
export function* walkdir(
  top: Path = '.', { topdown = true, sort = true, followSymlinks = false, onError = raise }: WalkdirOptions = {},
): Generator<WalkedFolder, void, undefined> {
  const way = new Way(followSymlinks, onError)
  const told: WalkedFolder[] = []
  try {
    // enter the top
    if (way.start(top)) {
      // look around, and tell a folder before those in it
      const level = way.here!
      const { found, links } = look(way, level, sort)
      told.push(found)
      if (topdown) yield found
      for (const name of found.dirs) {
        level.ahead.push(new WalkEntry(level.path, name, links.has(name) ? 'symlink' : 'directory'))
      }
      level.ahead.reverse()
    }
    for (let here; (here = way.here) !== undefined;) {
      const folder = here.ahead.pop()
      if (folder === undefined) {
        // go up, and tell a folder after those in it
        way.up()
        const found = told.pop()!
        if (!topdown) yield found
      } else if (way.down(folder)) {
        // look around, and tell a folder before those in it
        const level = way.here!
        const { found, links } = look(way, level, sort)
        told.push(found)
        if (topdown) yield found
        for (const name of found.dirs) {
          level.ahead.push(new WalkEntry(level.path, name, links.has(name) ? 'symlink' : 'directory'))
        }
        level.ahead.reverse()
      }
    }
  } finally {
    way.leave()
  }
}

/** All names of the level; `links` are those of `dirs` that have to be followed. */
function look(way: Way, level: Level, sort: boolean): { found: WalkedFolder, links: Set<Path> } {
  const [dirs, files]: [Path[], Path[]] = [[], []]
  const links = new Set<Path>()
  for (let found; (found = way.read(level)) !== null;) {
    const { names, types } = found
    for (let i = 0; i < names.length; i++) {
      const [name, type] = [names[i]!, types[i]!]
      const isLink = type === 'symlink' && way.isFolder(new WalkEntry(level.path, name, type))
      if (isLink) links.add(name)
      if (isLink || type === 'directory') dirs.push(name)
      else files.push(name)
    }
  }
  if (sort) [dirs, files].map(sortNames)
  return { found: { path: level.path, dirs, files }, links }
}
