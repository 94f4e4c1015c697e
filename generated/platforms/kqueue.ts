// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
import type { FileType, Stat } from '../foundations/file.ts'
import { typeOf } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { toName } from '../foundations/name.ts'
import type { Listening } from '../foundations/wait.ts'
import { field, LAYOUTS, type System } from './kqueue-layout.ts'
import type { BackendEvent, WatchBackend } from './watch-backend.ts'

/** <sys/event.h>: what may happen to the file behind a descriptor. */
export const [NOTE_DELETE, NOTE_WRITE, NOTE_EXTEND, NOTE_ATTRIB] = [1, 2, 4, 8]
export const [NOTE_LINK, NOTE_RENAME, NOTE_REVOKE, NOTE_CLOSE_WRITE] = [0x10, 0x20, 0x40, 0x200]
export const [EV_ADD, EV_CLEAR, EVFILT_VNODE] = [1, 0x20, -4]
/** macOS: opened to be watched only, so that the disk can be ejected. */
export const O_EVTONLY = 0x8000

/** One struct kevent that asks for all that can happen to the file behind `fd`. */
export function question(system: System, fd: number): Buffer {
  const { size, offsets } = LAYOUTS[system].kevent
  const bytes = Buffer.alloc(size)
  bytes.writeBigUInt64LE(BigInt(fd), offsets['ident']!)
  bytes.writeInt16LE(EVFILT_VNODE, offsets['filter']!)
  bytes.writeUInt16LE(EV_ADD | EV_CLEAR, offsets['flags']!)
  // FreeBSD alone tells that a writer has closed; the bit means something else on macOS.
  const notes = system === 'freebsd' ? 0x7f | NOTE_CLOSE_WRITE : 0x7f
  bytes.writeUInt32LE(notes, offsets['fflags']!)
  return bytes
}

/** What happened to the file behind a descriptor. */
export interface Noted { fd: number, notes: number }

/** The answers of kevent(2): `count` structures, one behind the other. */
export function answers(system: System, bytes: Buffer, count: number): Noted[] {
  const { kevent } = LAYOUTS[system]
  return Array.from({ length: count }, (_, i) => {
    const one = bytes.subarray(i * kevent.size, (i + 1) * kevent.size)
    return { fd: Number(field(kevent, one, 'ident')), notes: Number(field(kevent, one, 'fflags')) }
  })
}

/** struct stat as the book's own. */
export function parseStat(system: System, bytes: Buffer): Stat {
  const { stat } = LAYOUTS[system]
  const number = (name: string) => Number(field(stat, bytes, name))
  const time = (name: string) =>
    BigInt(field(stat, bytes, name)) * 1_000_000_000n + BigInt(field(stat, bytes, `${name}Ns`))
  return {
    type: typeOf(number('mode') >> 12), mode: number('mode'), nlink: number('nlink'),
    uid: number('uid'), gid: number('gid'), dev: number('dev'), rdev: number('rdev'),
    ino: BigInt(field(stat, bytes, 'ino')), size: number('size'), blocks: number('blocks'),
    blockSize: number('blksize'), atimeNs: time('atime'), mtimeNs: time('mtime'),
    ctimeNs: time('ctime'), birthtimeNs: time('birthtime'),
  }
}

/** The records that getdirentries(2) gives, without dots. */
export function parseEntries(system: System, bytes: Buffer): { name: Path, type: FileType, ino: bigint }[] {
  const { dirent } = LAYOUTS[system]
  const found = []
  for (let at = 0; at < bytes.length;) {
    const record = bytes.subarray(at)
    const start = dirent.offsets['name']!
    const name = toName(record.subarray(start, start + Number(field(dirent, record, 'namlen'))))
    const ino = BigInt(field(dirent, record, 'ino'))
    const type = typeOf(Number(field(dirent, record, 'type')))
    if (ino !== 0n && name !== '.' && name !== '..') found.push({ name, type, ino })
    at += Number(field(dirent, record, 'reclen'))
  }
  return found
}

/** What the backend needs of a kernel with kqueue. */
export interface Vnodes {
  /** Opens the file and watches it; a link is not followed. */
  watch(path: Path): { fd: number, dev: number, ino: bigint, type: FileType }
  unwatch(fd: number): void
  list(folder: Path): Iterable<{ name: Path }>
  tells(folder: Path): boolean
  /** What has happened since the last time, without waiting. */
  noted(): Noted[]
  listen(callback: () => void): Listening
  close(): void
}

interface Member { name: Path, fd: number, ino: bigint, type: FileType }
interface Folder extends Member { watch: number, path: Path, key: string, isRoot: boolean, members: Map<string, Member> }
const keyOf = (name: Path) => Buffer.from(name).toString('latin1')
const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/**
 * kqueue(2) as a backend. The kernel says that a folder changed, and not what: the names are read
 * again. NOT YET RUN on a system that has kqueue; see the section's last part.
 */
export class KqueueBackend implements WatchBackend {
  readonly name = 'kqueue'
  readonly isRecursive = false
  readonly #kernel: Vnodes
  readonly #folders = new Map<number, Folder>()
  readonly #owners = new Map<number, { folder: Folder, member: Member }>()
  #events: BackendEvent[] = []
  #waiting: { resolve(): void, reject(error: Error): void }[] = []
  #listening: Listening | undefined
  #callback: (() => void) | undefined
  #last = 0
  #cookie = 0
  #isClosed = false

  constructor(kernel: Vnodes) { this.#kernel = kernel }

  tells(folder: Path): boolean { return this.#kernel.tells(folder) }
  // open the folder and everything in it
  add(path: Path, { isRoot = false }: { isRoot?: boolean } = {}): number {
    const { fd, dev, ino, type } = this.#kernel.watch(path)
    const key = `${dev}:${ino}`
    const known = [...this.#folders.values()].find(folder => folder.key === key)
    if (known !== undefined || type !== 'directory') this.#kernel.unwatch(fd)
    if (known !== undefined) return known.watch
    if (type !== 'directory') throw new SystemError('ENOTDIR', 'open', { path })
    const folder: Folder = { name: '', fd, ino, type, watch: ++this.#last, path, key, isRoot, members: new Map() }
    this.#folders.set(folder.watch, folder)
    this.#owners.set(fd, { folder, member: folder })
    for (const { name } of this.#kernel.list(path)) this.#enter(folder, name)
    return folder.watch
  }

  #enter(folder: Folder, name: Path): Member | undefined {
    try {
      const { fd, ino, type } = this.#kernel.watch(join(folder.path, name))
      const member = { name, fd, ino, type }
      folder.members.set(keyOf(name), member)
      this.#owners.set(fd, { folder, member })
      return member
    } catch (error) {
      if (is(error, 'ENOENT', 'ELOOP', 'EACCES', 'EPERM', 'ENXIO', 'ENOTSUP')) return undefined
      throw error
    }
  }
  // find out what a note means
  #note({ fd, notes }: Noted): void {
    const owner = this.#owners.get(fd)
    if (owner === undefined) return
    const { folder, member } = owner
    if (member !== folder) {
      if (member.type === 'directory') return   // it has a watch of its own
      if ((notes & (NOTE_WRITE | NOTE_EXTEND)) !== 0) this.#tell(folder, 'changed', member)
      if ((notes & NOTE_CLOSE_WRITE) !== 0) this.#tell(folder, 'written', member)
      if ((notes & NOTE_ATTRIB) !== 0) this.#tell(folder, 'attributes', member)
      return
    }
    if ((notes & (NOTE_WRITE | NOTE_EXTEND | NOTE_LINK)) !== 0) this.#compare(folder)
    if ((notes & NOTE_RENAME) !== 0 && folder.isRoot) this.#tell(folder, 'moved')
    if ((notes & (NOTE_DELETE | NOTE_REVOKE)) !== 0) {
      this.remove(folder.watch)
      this.#tell(folder, (notes & NOTE_REVOKE) !== 0 ? 'unmounted' : 'gone')
    }
  }

  #tell(folder: Folder, kind: BackendEvent['kind'], member?: Member, cookie = 0): void {
    const isFolder = member === undefined ? true : member.type === 'directory'
    this.#events.push({ watch: folder.watch, kind, name: member?.name ?? null, cookie, isFolder })
  }
  // compare the names with those before
  #compare(folder: Folder): void {
    const before = new Map(folder.members)
    const names: Path[] = []
    try {
      for (const { name } of this.#kernel.list(folder.path)) names.push(name)
    } catch (error) {
      if (!is(error, 'ENOENT', 'ENOTDIR')) throw error   // its end comes as a note
    }
    const appeared: Member[] = []
    for (const name of names) {
      const old = before.get(keyOf(name))
      const now = this.#enter(folder, name)
      if (now === undefined || now.ino !== old?.ino) {
        if (now !== undefined) appeared.push(now)
        continue
      }
      before.delete(keyOf(name))
      this.#leave(old)
    }
    // pair those that went with those that came
    for (const old of before.values()) {
      // We hold a descriptor of the old file, so nobody else can have its number: it is the same file.
      const now = appeared.find(({ ino }) => ino === old.ino)
      const cookie = now === undefined ? 0 : ++this.#cookie
      this.#tell(folder, now === undefined ? 'deleted' : 'moved from', old, cookie)
      if (now !== undefined) this.#tell(folder, 'moved to', now, cookie)
      if (folder.members.get(keyOf(old.name)) === old) folder.members.delete(keyOf(old.name))
      this.#leave(old)
      appeared.splice(now === undefined ? appeared.length : appeared.indexOf(now), 1)
    }
    for (const now of appeared) this.#tell(folder, 'created', now)
  }

  #leave(member: Member): void {
    this.#owners.delete(member.fd)
    this.#kernel.unwatch(member.fd)
  }
  // give and end what the interface wants
  take(): BackendEvent[] {
    if (!this.#isClosed) for (const noted of this.#kernel.noted()) this.#note(noted)
    for (const { resolve } of this.#waiting.splice(0)) resolve()
    return this.#events.splice(0)
  }

  listen(callback: () => void): Listening {
    this.#callback = callback
    return this.#listening = this.#kernel.listen(callback)
  }

  /** A note is there when the call that caused it returns, so taking once is enough. */
  sync(): Promise<void> {
    if (this.#isClosed) return Promise.reject(new SystemError('EBADF', 'sync'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      setImmediate(() => this.#callback?.())
    })
  }

  remove(watch: number): void {
    const folder = this.#folders.get(watch)
    if (folder === undefined) return
    this.#folders.delete(watch)
    for (const member of [folder, ...folder.members.values()]) this.#leave(member)
  }

  close(): void {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#listening?.close()
    this.#callback = undefined
    for (const watch of [...this.#folders.keys()]) this.remove(watch)
    this.#kernel.close()
    for (const { reject } of this.#waiting.splice(0)) reject(new SystemError('EBADF', 'sync'))
  }
}

function join(folder: Path, name: Path): Path {
  if (typeof folder === 'string' && typeof name === 'string') return `${folder}/${name}`
  return Buffer.concat([folder, '/', name].map(part => Buffer.from(part as string)))
}
