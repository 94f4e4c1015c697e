// Told in chapters/10-files/README.md. Edit it there, or edit here and stitch.
export * from './file-handle.ts'
export * from './metadata.ts'
export * from './atomic-write.ts'
export {
  lockFile, tryLockFile, unlockFile, withFileLock, type FileLock, type LockFileOptions,
} from './lock.ts'
export { mkpidlock, trymkpidlock, type Pidlock, type PidlockOptions } from '../patterns/pidfile.ts'
export {
  cd, hardlink, mkdir, mkpath, pwd, readlink, realpath, rename, samefile, symlink, unlink,
} from './folder-operations.ts'
export * from './folder-operations-copy.ts'
export * from './folder-operations-remove.ts'
export * from './walk.ts'
export * from './temporary-name.ts'
export * from './temporary-name-touch.ts'
export { engine, provide, type Engine, type Limits } from './asynchrony.ts'
export { ThreadEngine } from './asynchrony-threads.ts'
export { AsyncFile, openAsync } from './asynchrony-file.ts'
export * from './asynchrony-stream.ts'
export { promises } from './asynchrony-promises.ts'
export { UringEngine } from './io-uring-engine.ts'
export { OverlappedEngine } from './overlapped.ts'
export { Watcher, type Ignore, type WatcherOptions } from './watcher.ts'
export type { ChangeKind, WatchEvent } from './watcher-queue.ts'
export * from './debounce.ts'
export * from './file-watching.ts'
