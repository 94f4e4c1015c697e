// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { WaitOptions } from '../foundations/wait.ts'
import {
  Inotify, IN_CREATE, IN_DELETE, IN_IGNORED, IN_ISDIR, IN_MOVED_FROM, IN_MOVED_TO, IN_ONLYDIR,
} from '../primitives/inotify.ts'
import type { Folders } from './message-bus-lock.ts'
import { isHidden, partsOf } from './message-bus-names.ts'

/** `cookie` is the same in the two events of one move. An event without a folder tells that
 * events were lost. */
export interface FolderEvent { folder: string | undefined, mask: number, cookie: number, name: Path }

export class FolderWatch {
  readonly #inotify = new Inotify()
  readonly #folders = new Map<number, string>()

  add(folder: string, mask: number): void {
    this.#folders.set(this.#inotify.add(folder, mask | IN_ONLYDIR), folder)
  }

  /** Resolves when `read` has something. */
  wait(options?: WaitOptions): Promise<void> { return this.#inotify.wait(options) }

  /** What has happened since the last time. ENOENT when a folder is gone. */
  *read(): Generator<FolderEvent, void, undefined> {
    for (const { watch, mask, cookie, name } of this.#inotify.take()) {
      const folder = this.#folders.get(watch)
      if (mask & IN_IGNORED) throw new SystemError('ENOENT', 'inotify_add_watch', { path: folder })
      if ((mask & IN_ISDIR) === 0) yield { folder, mask, cookie, name: name ?? '' }
    }
  }

  close(): void { this.#inotify.close() }
}

export interface Following {
  /** 'lost': the kernel's queue was full and events are missing; `list` tells how things stand. */
  event: 'published' | 'claimed' | 'completed' | 'returned' | 'lost'
  name: Path
  worker?: string
}

/** What happens on a bus from now on, without taking part. Ends with the signal's reason. */
export async function* follow(
  folders: Folders, signal?: AbortSignal,
): AsyncGenerator<Following, void, undefined> {
  const watch = new FolderWatch()
  try {
    watch.add(folders.inbox, IN_MOVED_TO | IN_CREATE)
    watch.add(folders.processing, IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE)
    watch.add(folders.completed, IN_MOVED_TO)
    const leaving = new Map<number, string | undefined>()
    for (;;) {
      for (const event of watch.read()) {
        const told = meaningOf(event, folders, leaving)
        if (told !== undefined) yield told
      }
      await watch.wait({ signal })
    }
  } finally {
    watch.close()
  }
}

function meaningOf(
  { folder, mask, cookie, name }: FolderEvent, folders: Folders,
  leaving: Map<number, string | undefined>,
): Following | undefined {
  if (folder === undefined) return { event: 'lost', name: '' }
  if (isHidden(name)) return undefined
  if (folder === folders.processing) {
    const { name: message, worker } = partsOf(name)
    if (mask & IN_MOVED_FROM) leaving.set(cookie, worker)
    else return told(mask & IN_DELETE ? 'completed' : 'claimed', message, worker)
    return undefined
  }
  const worker = leaving.get(cookie)
  const wasClaimed = leaving.delete(cookie)
  if (folder === folders.completed) return told('completed', name, worker)
  return told(wasClaimed ? 'returned' : 'published', name, worker)
}

function told(event: Following['event'], name: Path, worker: string | undefined): Following {
  return worker === undefined ? { event, name } : { event, name, worker }
}
