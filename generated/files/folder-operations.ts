// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import type { Stat } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, split } from '../foundations/name.ts'
import { platform } from '../platforms/here.ts'
import { statIfThere } from './metadata.ts'

/** The working folder, or the path of names in it. ENOENT if it was removed. */
export function pwd(...names: Path[]): Path { return names.reduce(join, platform.cwd()) }

/** Goes to a folder; without one, home. With `inside`, calls it there and comes back, also from a promise. */
export function cd(path?: Path): void
export function cd<T>(path: Path, inside: () => T): T
export function cd<T>(path: Path = platform.homedir(), inside?: () => T): T | undefined {
  if (inside === undefined) {
    platform.chdir(path)
    return undefined
  }
  const before = platform.open('.', { directory: true })
  const back = () => {
    try {
      platform.chdir(before)
    } finally {
      before.close()
    }
  }
  // go there, call, and come back whatever happened
  let result: T
  try {
    platform.chdir(path)
    result = inside()
  } catch (error) {
    back()
    throw error
  }
  if (result instanceof Promise) return result.finally(back) as T
  back()
  return result
}

/** Creates a folder and returns its path: mkdir(2). EEXIST if the name is taken, by whatever. */
export function mkdir<P extends Path>(path: P, { mode = 0o777 } = {}): P {
  platform.mkdir(path, mode)
  return path
}

/** Creates a folder and those on the way to it; content with those that are there. Returns the path. */
export function mkpath<P extends Path>(path: P, { mode = 0o777 } = {}): P {
  try {
    platform.mkdir(path, mode)
  } catch (error) {
    if (is(error, 'ENOENT') && path.length > 0) {
      const { folder } = split(path)
      if (folder.length >= path.length) throw error   // no way up from here
      // Windows says the same of a path below a file
      const above = statIfThere(folder)?.type ?? 'directory'
      if (above !== 'directory') throw new SystemError('ENOTDIR', 'mkdir', { path })
      mkpath(folder, { mode: mode | 0o300 })   // or we could not go on
      return mkpath(path, { mode })
    }
    if (!(error instanceof SystemError) || statIfThere(path)?.type !== 'directory') throw error
  }
  return path
}

/** Takes a file's name away: unlink(2). EISDIR (or EPERM) for a folder; a symbolic link is not followed. */
export function unlink(path: Path): void { platform.unlink(path) }

/** Changes a name in one step and returns the new one: rename(2). With `replace: false`, EEXIST if it is taken. */
export function rename<P extends Path>(source: Path, target: P, { replace = true } = {}): P {
  platform.rename(source, target, { replace })
  return target
}

/** Gives a file one more name: link(2). */
export function hardlink(source: Path, target: Path): void { platform.link(source, target) }

/** Creates a symbolic link that holds `text`. `directory` says what it will lead to; only Windows must know. */
export function symlink(text: Path, path: Path, { directory }: { directory?: boolean } = {}): void {
  platform.symlink(text, path, { directory })
}

/** The text of a symbolic link. EINVAL if it is none. */
export function readlink(path: Path): Path { return platform.readlink(path) }

/** The absolute path without symbolic links, `.` and `..`. ENOENT if any of it is missing. */
export function realpath(path: Path): Path { return platform.realpath(path) }

/** Whether both paths lead to one file, symbolic links followed. False if there is none. */
export function samefile(a: Path, b: Path): boolean { return isSame(statIfThere(a), statIfThere(b)) }

export function isSame(a: Stat | null, b: Stat | null): boolean {
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev
}

export function is(error: unknown, ...codes: string[]): error is SystemError {
  return error instanceof SystemError && codes.includes(error.code)
}

/** The same refusal with the paths that the caller knows. */
export function told(error: unknown, path: Path, dest?: Path): unknown {
  if (!(error instanceof SystemError)) return error
  return new SystemError(error.errno, error.syscall, { path, dest, hint: error.hint })
}
