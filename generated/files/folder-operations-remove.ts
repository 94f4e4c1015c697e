// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, split, type Names } from '../foundations/name.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFolder } from '../platforms/platform.ts'
import { is, told } from './folder-operations.ts'

export interface RmOptions {
  /** Default false: of folders, only an empty one is removed. */
  recursive?: boolean | undefined
  /** Default false. True: it is no error if there is nothing. */
  force?: boolean | undefined
  /** Default false. True: a folder of ours that refuses gets the mode 0700 first. */
  unlock?: boolean | undefined
}

/** Removes a file, a symbolic link, a folder, a tree: unlinkat(2). ENOTEMPTY if it is not empty and not `recursive`. */
export function rm(path: Path, { recursive = false, force = false, unlock = false }: RmOptions = {}): void {
  try {
    if (platform.stat(path, { follow: false }).type !== 'directory') platform.unlink(path)
    else if (!recursive) platform.rmdir(path)
    else removeTree(path, unlock)
  } catch (error) {
    if (!(force && is(error, 'ENOENT'))) throw error
  }
}

function removeTree(path: Path, unlock: boolean): void {
  const { folder, name } = split(path)
  if (['', '.', '..'].includes(String(name))) {
    throw new SystemError('EINVAL', 'rmdir', { path, hint: 'name the folder by the name that is to go' })
  }
  const above = platform.folder(folder)
  try {
    const removal = new Removal(unlock)
    removal.remove(above, name, path)
    if (removal.refusal !== undefined) throw removal.refusal
  } finally {
    above.close()
  }
}

/** A folder that is being removed: `name` in `above`. `open` while its names are taken away. */
interface Level {
  above: PlatformFolder, name: Path, path: Path, open: PlatformFolder | null
  found: Names | null, at: number, round: number, refusals: number, cause: unknown
}

class Removal {
  /** The first thing that could not be removed. */
  refusal: unknown
  #refusals = 0
  readonly #unlock: boolean
  readonly #levels: Level[] = []

  constructor(unlock: boolean) { this.#unlock = unlock }

  // remove a folder, and on the way all that is in it
  remove(above: PlatformFolder, name: Path, path: Path): void {
    this.#down(above, name, path)
    try {
      for (let level; (level = this.#levels.at(-1)) !== undefined;) {
        if (level.open === null) this.#begin(level)
        else this.#next(level, level.open)
      }
    } finally {
      for (const { open } of this.#levels) open?.close()
    }
  }

  #down(above: PlatformFolder, name: Path, path: Path): void {
    this.#levels.push({ above, name, path, open: null,
      found: null, at: 0, round: 1, refusals: 0, cause: undefined })
  }
  // begin with a folder
  #begin(level: Level): void {
    const { above, name, path } = level
    level.refusals = this.#refusals
    try {
      level.open = this.#enter(above, name)
    } catch (error) {
      if (is(error, 'ENOTDIR', 'ELOOP')) {
        this.#levels.pop()
        this.#take(above, name, path)
      } else {
        level.cause = error
        this.#end(level)
      }
    }
  }
  // take the next name away, or go down
  #next(level: Level, open: PlatformFolder): void {
    const { found } = level
    if (found !== null && level.at < found.names.length) {
      const [name, type] = [found.names[level.at]!, found.types[level.at++]!]
      const path = join(level.path, name)
      if (type === 'directory') this.#down(open, name, path)
      else this.#take(open, name, path)
      return
    }
    try {
      level.found = open.read()
    } catch (error) {
      level.cause = error
      level.found = null
    }
    level.at = 0
    if (level.found === null) this.#end(level)
  }
  // end with a folder, or begin again
  #end(level: Level): void {
    level.open?.close()
    level.open = null
    try {
      level.above.rmdir(level.name)
    } catch (error) {
      const isNew = is(error, 'ENOTEMPTY', 'ENOTDIR') && level.cause === undefined
      if (isNew && this.#refusals === level.refusals && level.round++ < ROUNDS) return
      if (!is(error, 'ENOENT')) this.#refuse(level.cause ?? error, level.path)
    }
    this.#levels.pop()
  }

  #refuse(error: unknown, path: Path): void {
    this.#refusals++
    this.refusal ??= told(error, path)
  }
  // take one name away, whatever it has become
  #take(open: PlatformFolder, name: Path, path: Path): void {
    try {
      open.unlink(name)
    } catch (error) {
      if (is(error, 'ENOENT')) return
      const isFolder = is(error, 'EISDIR', 'EPERM') && typeOf(open, name) === 'directory'
      if (isFolder) this.#down(open, name, path)
      else this.#refuse(error, path)
    }
  }
  // enter a folder, and unlock it before its names are used
  #enter(above: PlatformFolder, name: Path): PlatformFolder {
    let open: PlatformFolder
    try {
      open = above.folder(name)
    } catch (error) {
      if (!this.#unlock || !is(error, 'EACCES')) throw error
      above.chmod(name, 0o700)
      open = above.folder(name)
    }
    if (this.#unlock && (open.stat().mode & 0o700) !== 0o700) {
      try {
        open.chmod('', 0o700)
      } catch { /* not ours; the first name will tell */ }
    }
    return open
  }
}

const ROUNDS = 10

function typeOf(folder: PlatformFolder, name: Path): string {
  try {
    return folder.stat(name).type
  } catch {
    return 'unknown'   // gone again
  }
}
