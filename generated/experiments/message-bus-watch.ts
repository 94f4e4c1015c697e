// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { OpenFile } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { waitReadable, type WaitOptions } from '../foundations/wait.ts'
import type { Folders } from './message-bus-lock.ts'
import { isHidden, partsOf, tidy } from './message-bus-names.ts'

const initCall = bind('int inotify_init1(int flags)')
const addCall = bind('int inotify_add_watch(int fd, const char *path, unsigned int mask)')
const IN_NONBLOCK_CLOEXEC = 0o2004000
export const [IN_CLOSE_WRITE, IN_MOVED_FROM, IN_MOVED_TO] = [0x8, 0x40, 0x80]
export const [IN_CREATE, IN_DELETE, IN_Q_OVERFLOW] = [0x100, 0x200, 0x4000]
const [IN_ONLYDIR, IN_ISDIR, IN_IGNORED] = [0x1000000, 0x40000000, 0x8000]

/** `cookie` is the same in the two events of one move. An event without a folder tells that
 * events were lost. */
export interface FolderEvent { folder: string | undefined, mask: number, cookie: number, name: Path }

export class FolderWatch {
  readonly #file = new OpenFile(initCall(IN_NONBLOCK_CLOEXEC))
  readonly #folders = new Map<number, string>()
  readonly #buffer = Buffer.alloc(16_384)

  add(folder: string, mask: number): void {
    this.#folders.set(addCall(this.#file.fd, folder, mask | IN_ONLYDIR), folder)
  }

  /** Resolves when `read` has something. */
  wait(options?: WaitOptions): Promise<void> { return waitReadable(this.#file, options) }

  /** What has happened since the last time. ENOENT when a folder is gone. */
  *read(): Generator<FolderEvent, void, undefined> {
    for (let size; (size = this.#fill()) > 0;) yield* this.#events(this.#buffer.subarray(0, size))
  }

  close(): void { this.#file.close() }

  // take what is there, and do not wait for more
  #fill(): number {
    try {
      return this.#file.read(this.#buffer)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return 0
      throw error
    }
  }
  // divide the bytes into events
  *#events(bytes: Buffer): Generator<FolderEvent, void, undefined> {
    for (let at = 0; at < bytes.length; at += 16 + bytes.readUInt32LE(at + 12)) {
      const folder = this.#folders.get(bytes.readInt32LE(at))
      const [mask, cookie] = [bytes.readUInt32LE(at + 4), bytes.readUInt32LE(at + 8)]
      if (mask & IN_IGNORED) throw new SystemError('ENOENT', 'inotify_add_watch', { path: folder })
      const name = bytes.subarray(at + 16, bytes.indexOf(0, at + 16))
      if ((mask & IN_ISDIR) === 0) yield { folder, mask, cookie, name: tidy(Uint8Array.from(name)) }
    }
  }
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
