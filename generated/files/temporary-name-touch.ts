// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import type { Times } from '../foundations/file.ts'
import type { Path } from '../foundations/kernel.ts'
import { platform } from '../platforms/here.ts'
import type { DiskStat, PlatformFolder } from '../platforms/platform.ts'
import { FileHandle } from './file-handle.ts'
import { is } from './folder-operations.ts'

/** Sets the times of a file or folder to now, creates the file if there is none, and returns the path. */
export function touch<P extends Path>(path: P): P {
  try {
    platform.setTimes(path, { atimeNs: 'now', mtimeNs: 'now' })
  } catch (error) {
    if (!is(error, 'ENOENT')) throw error
    platform.open(path, { write: true, create: true, nonblocking: true }).close()
  }
  return path
}

/** Sets times in nanoseconds since 1970, or `'now'`; what is left out stays: futimens(3), utimensat(2). */
export function futime(file: FileHandle | Path, times: Times): void {
  if (file instanceof FileHandle) file.setTimes(times)
  else platform.setTimes(file, times)
}

/** Sets owner and group, −1 for neither, and returns the path. `follow: false`: of a symbolic link itself. */
export function chown<P extends Path>(path: P, uid: number, gid = -1, { follow = true } = {}): P {
  platform.chown(path, uid, gid, { follow })
  return path
}

/** Room and use of the filesystem that holds `path`: statfs(2). */
export function diskstat(path?: Path): DiskStat { return platform.diskstat(path ?? platform.cwd()) }

/** Sets the permission bits and returns the path; with `recursive`, of all that is below, but of no symbolic link. */
export function chmod<P extends Path>(path: P, mode: number, { recursive = false } = {}): P {
  if (!recursive || platform.stat(path).type !== 'directory') {
    platform.chmod(path, mode)
    return path
  }
  if ((mode & 0o500) === 0o500) platform.chmod(path, mode)   // it may let us in
  const open = platform.folder(path)
  try {
    changeInside(open, mode)
    open.chmod('', mode)
  } finally {
    open.close()
  }
  return path
}

function changeInside(folder: PlatformFolder, mode: number): void {
  for (let found; (found = folder.read()) !== null;) {
    for (const name of found.names) {
      const { type } = folder.stat(name)
      if (type === 'symlink') continue
      const isShut = type === 'directory' && (mode & 0o500) !== 0o500
      if (!isShut) folder.chmod(name, mode)
      if (type !== 'directory') continue
      const open = folder.folder(name)
      try {
        changeInside(open, mode)
        open.chmod('', mode)
      } finally {
        open.close()
      }
    }
  }
}
