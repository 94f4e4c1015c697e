// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import type { Stat } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, split } from '../foundations/name.ts'
import { platform } from '../platforms/here.ts'
import type { PlatformFile, PlatformFolder } from '../platforms/platform.ts'
import type { FileHandle } from './file-handle.ts'
import { is, isSame, told } from './folder-operations.ts'
import { rm } from './folder-operations-remove.ts'
import { statIfThere } from './metadata.ts'

export interface CopyOptions {
  /** Default false: EEXIST if the target is there. True: the target is replaced by the whole copy. */
  force?: boolean | undefined
  /** Default false: a symbolic link is copied as a link. True: what it leads to is copied. */
  followSymlinks?: boolean | undefined
  /** Default false: the copy is ours. True: it has the owners of the source, and their set-id bits. */
  owner?: boolean | undefined
  /** Default `'auto'`: blocks are shared where the filesystem can. `'never'`: the bytes are written again. */
  reflink?: 'auto' | 'never' | undefined
}

/** Copies a file, a symbolic link or a tree, and returns the target. The copy appears whole, or not at all. */
export function cp<P extends Path>(source: Path, target: P, options: CopyOptions = {}): P {
  const { force = false, followSymlinks = false } = options
  const stat = platform.stat(source, { follow: followSymlinks })
  // refuse what would be lost or never end
  refuseSame('cp', source, target, force)
  if (stat.type === 'directory') {
    let above: Path = split(target).folder
    for (let here = platform.stat(above), up; ; here = up) {
      if (isSame(here, stat)) throw refusal('EINVAL', 'cp', source, target, 'the target is inside the source')
      above = join(above, '..')
      up = platform.stat(above)
      if (isSame(here, up)) break   // the root is its own parent
    }
  }
  const { folder, name } = split(target)
  const into = platform.folder(folder)
  const hidden = hiddenName()
  try {
    new Copy(into, hidden, options).copy(source, stat)
    publish(into, hidden, name, folder, force)
  } catch (error) {
    rm(join(folder, hidden), { recursive: true, force: true, unlock: true })
    throw is(error, 'EEXIST') ? told(error, source, target) : error
  } finally {
    into.close()
  }
  return target
}

/** As `cp`, for a folder only: ENOTDIR if the source is something else, or a symbolic link not to be followed. */
export function cptree<P extends Path>(source: Path, target: P, options: CopyOptions = {}): P {
  const isFolder = platform.stat(source, { follow: options.followSymlinks ?? false }).type === 'directory'
  if (!isFolder) throw new SystemError('ENOTDIR', 'cptree', { path: source, dest: target, hint: 'cp copies files' })
  return cp(source, target, options)
}

function refuseSame(call: string, source: Path, target: Path, force: boolean): void {
  const there = statIfThere(target, { follow: false })
  if (there === null) return
  if (!force) throw refusal('EEXIST', call, source, target, 'force replaces it')
  if (isSame(there, platform.stat(source, { follow: false })) || isSame(statIfThere(target), statIfThere(source))) {
    throw refusal('EINVAL', call, source, target, 'source and target are the same file')
  }
}

function refusal(code: string, call: string, path: Path, dest: Path, hint: string): SystemError {
  return new SystemError(code, call, { path, dest, hint })
}

const hiddenName = () => `.copy.${randomBytes(8).toString('hex')}`

function publish(into: PlatformFolder, hidden: Path, name: Path, folder: Path, force: boolean): void {
  try {
    into.rename(hidden, name, { replace: force })
    return
  } catch (error) {
    if (!force || !is(error, 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw error
  }
  const aside = hiddenName()
  into.rename(name, aside)
  try {
    into.rename(hidden, name, { replace: false })
  } catch (error) {
    into.rename(aside, name, { replace: false })
    throw error
  }
  rm(join(folder, aside), { recursive: true, force: true, unlock: true })
}

/** One copy under way, into the name `to` of the folder `into`. */
class Copy {
  readonly #into: PlatformFolder
  readonly #to: Path
  readonly #options: CopyOptions
  /** Files with several names that were copied once, by their number; where the copy is. */
  readonly #linked = new Map<string, Path>()
  /** The copy's own folder, once there is one, and the source's folders on the way to here. */
  readonly #way: Stat[] = []

  constructor(into: PlatformFolder, to: Path, options: CopyOptions) {
    this.#into = into
    this.#to = to
    this.#options = options
  }

  copy(source: Path, stat: Stat): void {
    const { folder, name } = split(source)
    const from = stat.type === 'directory' ? null : platform.folder(folder)
    try {
      this.#entry({ from, name, path: source, stat, into: this.#into, to: this.#to, inCopy: this.#to })
    } finally {
      from?.close()
    }
  }

  // copy one entry, whatever it is
  #entry(item: Item): void {
    const { from, name, path, stat, into, to } = item
    if (stat.type === 'directory') {
      this.#tree(item)
      return
    }
    naming(path, () => {
      switch (stat.type) {
        case 'symlink': into.symlink(from!.readlink(name), to); break
        case 'fifo': into.mkfifo(to, 0o600); break
        case 'file': return this.#again(item) || this.#file(item)
        default: throw new SystemError('ENOTSUP', 'cp', { hint: `a ${stat.type} cannot be copied` })
      }
      this.#dress(into, to, stat)
    })
  }

  // copy the bytes, and keep the holes
  #file({ from, name, stat, path, into, to }: Item): void {
    const follow = this.#options.followSymlinks === true
    const source = follow
      ? platform.open(path, { nonblocking: true })
      : from!.open(name, { nonblocking: true })
    try {
      if (!isSame(source.stat(), stat)) throw new SystemError('ESTALE', 'open', { hint: 'it was exchanged' })
      const target = into.open(to, { write: true, exclusive: true, mode: 0o600 })
      try {
        const shared = this.#options.reflink !== 'never' && platform.clone(source, target)
        if (!shared) copyBytes(source, target, stat)
        this.#dress(target, null, stat)
      } finally {
        target.close()
      }
    } finally {
      source.close()
    }
  }
  // copy a folder with all that is in it
  #tree({ from, name, path, stat, into, to, inCopy }: Item): void {
    if (this.#way.some(seen => isSame(seen, stat))) throw new SystemError('ELOOP', 'cp', { path })
    const byPath = from === null || this.#options.followSymlinks === true
    const open = naming(path, () => byPath ? platform.folder(path) : from.folder(name))
    try {
      into.mkdir(to, 0o700)
      const copy = into.folder(to)
      try {
        if (this.#way.length === 0) this.#way.push(copy.stat())
        this.#way.push(open.stat())
        this.#children(open, path, copy, inCopy)
        this.#way.pop()
        naming(path, () => this.#dress(copy, '', stat))
      } finally {
        copy.close()
      }
    } finally {
      open.close()
    }
  }

  #children(open: PlatformFolder, path: Path, copy: PlatformFolder, inCopy: Path): void {
    for (let found; (found = open.read()) !== null;) {
      for (const name of found.names) {
        const inside = join(path, name)
        const follow = this.#options.followSymlinks === true
        const stat = naming(inside, () => follow ? platform.stat(inside) : open.stat(name))
        this.#entry({ from: open, name, path: inside, stat, into: copy, to: name, inCopy: join(inCopy, name) })
      }
    }
  }
  // give a further name to a file that was copied already
  #again({ stat, into, to, inCopy }: Item): boolean {
    if (stat.nlink < 2) return false
    const key = `${stat.dev}:${stat.ino}`
    const first = this.#linked.get(key)
    if (first !== undefined) into.link(this.#into, first, to)
    else this.#linked.set(key, inCopy)
    return first !== undefined
  }
  // dress the copy as the source
  #dress(copy: PlatformFile | PlatformFolder, name: Path | null, stat: Stat): void {
    const { owner = false } = this.#options
    const mode = stat.mode & (owner ? 0o7777 : 0o1777)
    const times = { atimeNs: stat.atimeNs, mtimeNs: stat.mtimeNs }
    if (name === null) {
      const file = copy as PlatformFile
      if (owner) file.chown(stat.uid, stat.gid)
      file.chmod(mode)
      file.setTimes(times)
    } else {
      const folder = copy as PlatformFolder
      if (owner) folder.chown(name, stat.uid, stat.gid)
      if (stat.type !== 'symlink') folder.chmod(name, mode)
      folder.setTimes(name, times)
    }
  }
}

/** `inCopy` is the path of the copy from the folder in which it is made. */
interface Item { from: PlatformFolder | null, name: Path, path: Path, stat: Stat, into: PlatformFolder, to: Path, inCopy: Path }

/** The calls were told names; whoever reads the refusal wants the path in the source. */
function naming<T>(path: Path, action: () => T): T {
  try {
    return action()
  } catch (error) {
    throw told(error, path)
  }
}

/** Copies all bytes from the start. Holes stay holes, and a file that claims to be empty is read all the same. */
function copyBytes(source: PlatformFile, target: PlatformFile, stat: Stat): void {
  let at = 0
  if (stat.blocks * 512 < stat.size) {
    for (let piece; (piece = platform.stored(source, at)) !== null; at = piece.end) {
      copyPiece(source, target, piece.start, piece.end)
    }
    target.truncate(stat.size)   // a hole at the end
    at = stat.size
  }
  copyPiece(source, target, at, Infinity)   // what was written meanwhile, and all of /proc
}

function copyPiece(source: PlatformFile, target: PlatformFile, start: number, end: number): void {
  source.seek(start)
  target.seek(start)
  for (let at = start, count; at < end; at += count) {
    count = platform.copyRange(source, target, Math.min(end - at, PIECE))
    if (count === 0) return
  }
}
const PIECE = 2 ** 30   // the kernel copies at most 2 GiB a call

/** Gives a file or tree another name, on another filesystem if need be, and returns it. EEXIST unless `force`. */
export function mv<P extends Path>(source: Path, target: P, { force = false }: { force?: boolean } = {}): P {
  platform.stat(source, { follow: false })
  refuseSame('mv', source, target, force)
  try {
    move(source, target, force)
  } catch (error) {
    if (!is(error, 'EXDEV')) throw error
    cp(source, target, { force, owner: canGiveAway })
    rm(source, { recursive: true })
  }
  return target
}

function move(source: Path, target: Path, force: boolean): void {
  try {
    platform.rename(source, target, { replace: force })
    return
  } catch (error) {
    if (!force || !is(error, 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'EEXIST')) throw error
  }
  const { folder } = split(target)
  const aside = join(folder, hiddenName())
  platform.rename(target, aside)
  try {
    platform.rename(source, target, { replace: false })
  } catch (error) {
    platform.rename(aside, target, { replace: false })
    throw error
  }
  rm(aside, { recursive: true, force: true, unlock: true })
}

const canGiveAway = process.getuid?.() === 0

/** Copies bytes from the place of one open file to the place of another, inside the kernel; returns how many. */
export function sendfile(source: FileHandle, target: FileHandle, length = Infinity): number {
  const [from, to] = [source.platformFile, target.platformFile]
  let sent = 0
  for (let count; sent < length; sent += count) {
    count = platform.copyRange(from, to, Math.min(length - sent, PIECE))
    if (count === 0) break
  }
  return sent
}
