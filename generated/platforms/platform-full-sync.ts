// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
/** The two calls that a sync on macOS may need. They throw an error with a `code` where refused. */
export interface SyncCalls {
  fsync(fd: number): void
  fcntl(fd: number, command: number): void
}

/** <sys/fcntl.h> of macOS: empty the drive's memory; or only keep what came before from what follows. */
export const [F_FULLFSYNC, F_BARRIERFSYNC] = [51, 85]

/** How far the bytes got: to the disk, or to the drive, which may keep them in its memory. */
export type Reached = 'disk' | 'drive'

/**
 * Writes the file's bytes through to the disk. A filesystem that does not know the command, such as
 * one on a network, gets a plain fsync and the answer `'drive'`. Other refusals are thrown: EIO means
 * that bytes are lost, and to ask again would hide it.
 */
export function fullSync(fd: number, calls: SyncCalls): Reached {
  try {
    calls.fcntl(fd, F_FULLFSYNC)
    return 'disk'
  } catch (error) {
    if (!NOT_KNOWN.has((error as { code?: string }).code ?? '')) throw error
  }
  calls.fsync(fd)
  return 'drive'
}
const NOT_KNOWN = new Set(['ENOTSUP', 'EINVAL', 'ENOTTY'])
