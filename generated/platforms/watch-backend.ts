// Told in chapters/09-cross-platform/06-watch-backend.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'

/** What can happen to a name in a watched folder. */
export type NameEvent =
  'created' | 'deleted' | 'moved from' | 'moved to' | 'changed' | 'written' | 'attributes'
/** What can happen to the watched folder itself: it is no more, has another name, is covered or bare. */
export type FolderEnd = 'gone' | 'moved' | 'unmounted'

/** One event of a backend. `written`: closed by somebody who could write. */
export interface BackendEvent {
  /** The number that `add` gave; −1 for `overflow`: events are missing here, of any watch. */
  watch: number
  kind: NameEvent | FolderEnd | 'overflow'
  /** The name in the folder, from a recursive backend a path with `/`; null for the folder itself. */
  name: Path | null
  /** The same in the two halves of a rename, otherwise 0. */
  cookie: number
  /** Whether the name is a folder's; null where the system does not say. */
  isFolder: boolean | null
}

/** How a system tells of changes. One instance serves one watcher. */
export interface WatchBackend {
  readonly name: 'inotify' | 'polling' | 'kqueue' | 'windows'
  /** Whether `add` covers the folders below, so that they need no `add` of their own. */
  readonly isRecursive: boolean
  /** Whether the system tells of all changes in this folder, also of those that others make. */
  tells(folder: Path): boolean
  /**
   * Watches a folder and does not follow a link. Twice the same folder, under whatever path: the
   * same number. `isRoot`: nobody watches the folder above, so `moved` is to be told, too.
   */
  add(folder: Path, options?: { isRoot?: boolean }): number
  /** Ends a watch. One that is over already is no error. */
  remove(watch: number): void
  /** What has happened, up to some bound, without waiting. */
  take(): BackendEvent[]
  /** Calls back whenever there is something to take, until either is closed. For one listener. */
  listen(callback: () => void): Listening
  /** Resolves when what had happened before has been taken. Rejects with EBADF when it is closed. */
  sync(): Promise<void>
  /** Ends all watches. A second time does nothing. */
  close(): void
}
