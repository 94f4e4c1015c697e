// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import type { Durability, Written } from '../patterns/atomic-write.ts'
import { platform } from '../platforms/here.ts'

export interface WriteOptions {
  /** The exact permission bits. Default: the old file's; for a new file 0666, cut by the umask. */
  mode?: number | undefined
  /** The temporary file's folder, on the same filesystem. Default: the target's own. */
  tmpdir?: Path | undefined
  /** Default true: the bytes are on the disk before the name points at them. */
  fsync?: boolean | undefined
  /** Default false. True: returns when the new name is on the disk, too. */
  fsyncDir?: boolean | undefined
  /** Default true. False: EEXIST if the name is taken. `'exchange'`: the old version is kept. */
  replace?: boolean | 'exchange' | undefined
}

/**
 * Replaces or creates the file `path` in one step and says how durable it is. Fails as the calls
 * below it do (EACCES, ENOSPC, EEXIST, EISDIR, EXDEV with `tmpdir`); the old file then stays.
 */
export function atomicWrite(
  path: Path, data: string | Uint8Array, options: WriteOptions = {},
): Written {
  const { fsync = true, fsyncDir = false, mode, tmpdir, replace } = options
  // refuse to sync a name before its bytes
  for (const [name, value] of Object.entries({ fsync, fsyncDir })) {
    if (typeof value === 'boolean') continue
    throw Object.assign(new TypeError(`The option '${name}' must be true or false. Received ${String(value)}`),
      { code: 'ERR_INVALID_ARG_TYPE' })
  }
  if (fsyncDir && !fsync) {
    throw Object.assign(new TypeError('fsyncDir without fsync would make a name durable whose bytes ' +
      'are not. Leave fsync on, or fsyncDir off'), { code: 'ERR_INVALID_ARG_VALUE' })
  }
  const durability: Durability = fsyncDir ? 'disk and folder' : fsync ? 'disk' : 'os'
  return platform.replace(path, data, { durability, mode, tmpdir, replace })
}

export { cleanLeftovers, type Leftovers, type Written } from '../patterns/atomic-write.ts'
