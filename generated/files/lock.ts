// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import * as patterns from '../patterns/lock-file.ts'
import type { LockedFile, LockSystem } from '../patterns/lock-file.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFile } from '../platforms/platform.ts'
import { isSame } from './folder-operations.ts'

export { unlockFile, type FileLock, type LockFileOptions } from '../patterns/lock-file.ts'

/** Locks by the interface of a platform, and by nothing else. */
export const portable: LockSystem = {
  open: (path, { shared = false, mode, create = true }) =>
    locked(platform.open(path, { read: true, write: !shared || create, create, mode })),
  take: (file, { shared, start = 0, length = END - start }) => file.tryLock({ shared, start, length }),
  leadsTo: (path: Path, file) => isSame(platform.statIfThere(path), file.stat()),
  onClose: () => null,
}
const END = 2 ** 52   // behind it the patterns keep their line

function locked(file: PlatformFile): LockedFile {
  const isLocked: LockedFile['isLocked'] = range => {
    if (!file.tryLock(range)) return true
    file.unlock(range)
    return false
  }
  return {
    tryLock: range => file.tryLock(range), unlock: range => file.unlock(range), isLocked,
    stat: () => file.stat(), close: () => file.close(), get fd() { return file.handle },
  }
}

const locks = platform.name === 'linux' ? patterns : patterns.fileLocks(portable)

/** Takes the lock on the file of that name, or null at once: `{ shared, start, length, mode, create }`. */
export const tryLockFile = locks.tryLockFile
/** Waits for the lock with the thread; ETIMEDOUT after `timeoutMs`. */
export const lockFile = locks.lockFileSync
/** Holds the lock while `action` runs, and waits for it with the thread. */
export const withFileLock = locks.withFileLockSync
/** The same two for `promises`: they wait without a thread, and end at `signal`, too. */
export const waiting = { lockFile: locks.lockFile, withFileLock: locks.withFileLock }
