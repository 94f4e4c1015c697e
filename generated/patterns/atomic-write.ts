// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import {
  open, stat, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_TMPFILE, O_WRONLY,
  type OpenFile, type Stat,
} from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import {
  exchange, link, list, readlink, rename, renameNoReplace, unlink,
} from '../foundations/name.ts'

/** What a write has survived when it returns: a kill (`os`), a power cut (`disk`), and that with its new name. */
export type Durability = 'os' | 'disk' | 'disk and folder'

export interface AtomicWriteOptions {
  /** Default `'disk'`: after a power cut, the old file or the new one. `'disk and folder'`: the new one. */
  durability?: Durability | undefined
  /** Default `true`. `false`: EEXIST if the name is taken. `'exchange'`: keep the old version, under `previous`. */
  replace?: boolean | 'exchange' | undefined
  /** The name, in the target's folder, that an exchanged old version gets. Default: a hidden one, which is returned. */
  previous?: string | undefined
  /** The exact permission bits. Default: the old file's; for a new file 0666, cut by the umask. */
  mode?: number | undefined
  /** Default `'auto'`: no name where a link can publish (`replace: false`) and the filesystem can, else a name. */
  temporary?: 'auto' | 'unnamed' | 'named' | undefined
  /** The temporary file's folder, on the same filesystem, else EXDEV. Default: the target's, where no look is needed. */
  tmpdir?: Path | undefined
  /** What to do when the target is a symbolic link. Default `'follow'`; `'refuse'` fails with ELOOP. */
  links?: 'follow' | 'refuse' | undefined
}

/** What was done. `path` is the file itself, with links resolved. */
export interface Written {
  path: Path
  durability: Durability
  temporary: 'unnamed' | 'named'
  /** Where the old version is, after an exchange that found one. */
  previous?: Path
}

/** Replaces or creates the file `path` in one step: rename(2), renameat2(2) or link(2). Blocks until it is done. */
export function atomicWrite(
  path: Path, data: string | Uint8Array, options: AtomicWriteOptions = {},
): Written {
  const { durability = 'disk', replace = true, mode, temporary = 'auto', links = 'follow' } = options
  // refuse options that mean nothing
  check('durability', durability, ['os', 'disk', 'disk and folder'])
  check('replace', replace, [true, false, 'exchange'])
  check('temporary', temporary, ['auto', 'unnamed', 'named'])
  check('links', links, ['follow', 'refuse'])
  if (options.previous !== undefined && (replace !== 'exchange' || !/^[^/]+$/.test(options.previous))) {
    throw refusal('previous', options.previous, "a name without slashes, with replace: 'exchange'")
  }
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  const unnamed = temporary === 'unnamed' || (temporary === 'auto' && replace === false)
  let file: OpenFile | undefined, names: OpenFile | undefined
  let hidden: Path | undefined, previous: Path | undefined
  let published = false
  try {
    // find the file that is to be replaced
    const { target, old } = replace === false ? { target: path, old: null } : find(path, links)
    const folder = folderOf(target)
    // open the folder, if the name is to be durable
    if (durability === 'disk and folder') names = open(folder, O_DIRECTORY)
    // create a temporary file in the target's folder
    const nursery = options.tmpdir === undefined ? folder : join(options.tmpdir, '/')
    const birthMode = (mode ?? old?.mode ?? 0o666) & 0o777
    if (unnamed) {
      file = open(nursery, O_WRONLY | O_TMPFILE, birthMode)
    } else {
      const name = join(nursery, hiddenName())
      file = open(name, O_WRONLY | O_CREAT | O_EXCL, birthMode)
      hidden = name
    }
    if (replace !== false || !unnamed) claim(file)
    // write the bytes, and give them the old file's mode and owner
    file.writeAll(bytes)
    if (old !== null || mode !== undefined) dress(file, old, mode)
    // make the bytes durable before the name
    if (durability !== 'os') file.sync()
    // give the bytes the name
    if (replace === false) {
      // create the name, once
      if (unnamed) {
        link(file, target)
      } else {
        try {
          renameNoReplace(hidden!, target)
          hidden = undefined
        } catch (error) {
          if (!is(error, 'EINVAL')) throw error
          link(hidden!, target)
        }
      }
      published = true
      if (hidden !== undefined) unlink(hidden)
    } else if (replace === 'exchange') {
      // exchange the two files, and keep the old one
      const marked = join(folder, `${hiddenName()}=${file.stat().ino}`)
      if (unnamed) link(file, marked)
      else rename(hidden!, marked)
      hidden = marked
      if (swap(marked, target)) previous = marked
      hidden = undefined
      published = true
      if (previous !== undefined && options.previous !== undefined) {
        const kept = join(folder, options.previous)
        rename(previous, kept)
        previous = kept
      }
    } else {
      // let the name point at the new file
      if (unnamed) {
        const name = join(folder, hiddenName())
        link(file, name)
        hidden = name
      }
      rename(hidden!, target)
      hidden = undefined
      published = true
    }
    // make the name durable, if asked
    names?.sync()
    file.close()
    return { path: target, durability, temporary: unnamed ? 'unnamed' : 'named',
      ...(previous !== undefined && { previous }) }
  } catch (error) {
    // take the temporary name away
    if (hidden !== undefined) {
      try {
        unlink(hidden)
      } catch { /* cleanLeftovers will */ }
    }
    // start again if the temporary name was lost
    const taken = is(error, 'EEXIST') && (replace !== false || syscallOf(error) === 'open')
    const gone = is(error, 'ENOENT') && !unnamed && /^(rename|renameat2|link)$/.test(syscallOf(error))
    if (!published && (error === LOST || taken || gone)) return atomicWrite(path, data, options)
    // go on with a name where a file without one cannot be
    if (!published && unnamed && temporary === 'auto' && is(error, 'ENOTSUP', 'EISDIR', 'ENOENT')) {
      return atomicWrite(path, data, { ...options, temporary: 'named' })
    }
    throw told(path, error, published)
  } finally {
    // let go
    for (const each of [file, names]) {
      try {
        each?.close()
      } catch { /* the call has its answer already */ }
    }
  }
}

function told(path: Path, error: unknown, published: boolean): unknown {
  if (!(error instanceof SystemError)) return error
  const hint = published
    ? 'the new file is in its place, whole; only what comes after that has failed'
    : error.code === 'EXDEV' ? 'tmpdir has to be on the filesystem of the target' : error.hint
  return Object.assign(new SystemError(error.errno, error.syscall, { path, hint }), { cause: error })
}

const LOST = new Error('the temporary file was taken for a leftover')
const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)
const syscallOf = (error: unknown) => error instanceof SystemError ? error.syscall : ''

function check(option: string, value: unknown, known: readonly unknown[]): void {
  if (!known.includes(value)) throw refusal(option, value, `one of ${known.join(', ')}`)
}

function refusal(option: string, value: unknown, wanted: string): TypeError {
  const message = `The option '${option}' must be ${wanted}. Received ${String(value)}`
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}

function find(path: Path, links: 'follow' | 'refuse'): { target: Path, old: Stat | null } {
  let target = path
  for (let steps = 0; ; steps++) {
    const old = statIfThere(target, { follow: false })
    if (old === null || old.type === 'file') return { target, old }
    if (old.type !== 'symlink') {
      const hint = `it is a ${old.type}, and only a regular file is replaced`
      throw new SystemError(old.type === 'directory' ? 'EISDIR' : 'EINVAL', 'rename', { hint })
    }
    if (links === 'refuse' || steps === LINKS_MAX) throw new SystemError('ELOOP', 'open')
    if (steps === 0) statIfThere(target, { follow: true })
    const text = readlink(target)
    target = isAbsolute(text) ? text : join(folderOf(target), text)
  }
}
const LINKS_MAX = 40   // the kernel's own limit: path_resolution(7)

function statIfThere(path: Path, how: { follow: boolean }): Stat | null {
  try {
    return stat(path, how)
  } catch (error) {
    if (is(error, 'ENOENT')) return null
    throw error
  }
}

const SLASH = 47
const isAbsolute = (path: Path) => path[0] === '/' || path[0] === SLASH

/** Up to and with the last slash. */
function folderOf(path: Path): Path {
  const end = (typeof path === 'string' ? path.lastIndexOf('/') : path.lastIndexOf(SLASH)) + 1
  return end === 0 ? './' : path.slice(0, end)
}

function join(folder: Path, name: Path): Path {
  if (typeof folder === 'string' && typeof name === 'string') return folder + name
  return Buffer.concat([folder, name].map(part => Buffer.from(part as string)))
}

const fchownCall = bind('int fchown(int fd, unsigned int owner, unsigned int group)')
const UNCHANGED = 2 ** 32 - 1

function dress(file: OpenFile, old: Stat | null, mode: number | undefined): void {
  const now = file.stat()
  let wanted = (mode ?? old!.mode) & 0o7777
  let changed = false
  const give = (owner: number, group: number): boolean => {
    try {
      fchownCall(file.fd, owner, group)
      return changed = true
    } catch (error) {
      if (!is(error, 'EPERM', 'EINVAL')) throw error
      return false
    }
  }
  if (old !== null && old.gid !== now.gid && !give(UNCHANGED, old.gid)) {
    wanted = mode ?? (wanted & 0o5707 | (wanted & 0o007) << 3)
  }
  if (old !== null && old.uid !== now.uid && !give(old.uid, UNCHANGED)) wanted = mode ?? wanted & 0o3777
  if (changed || wanted !== (now.mode & 0o7777)) file.chmod(wanted)
}

const session = randomBytes(8).toString('hex')   // one for each thread: each has a module of its own
let count = 0
const hiddenName = () => `.atomic-write.${session}-${(count++).toString(36)}`
const HIDDEN = /^\.atomic-write\.[0-9a-f]{16}-[0-9a-z]+(?:=(\d+))?$/

function claim(file: OpenFile): void {
  try {
    if (!file.tryLock()) throw LOST   // a cleaner has it
  } catch (error) {
    // A filesystem without locks. Then nobody can claim the file, and no cleaner will touch it.
    if (!is(error, 'ENOLCK', 'ENOTSUP')) throw error
  }
}

/** Puts the file under the target's name. True if another file had that name and now has the hidden one. */
function swap(hidden: Path, target: Path): boolean {
  for (;;) {
    try {
      exchange(hidden, target)
      return true
    } catch (error) {
      if (!is(error, 'ENOENT')) throw error
    }
    try {
      renameNoReplace(hidden, target)   // nothing to exchange with, unless it comes just now
      return false
    } catch (error) {
      if (!is(error, 'EEXIST')) throw error
    }
  }
}

/** The names found, by what they are. `unknown`: those that we may not open, or did not make. */
export interface Leftovers { removed: Path[], living: Path[], versions: Path[], unknown: Path[] }

/** Removes from `folder` what killed writers left. Any number may clean at once, while others write. */
export function cleanLeftovers(folder: Path): Leftovers {
  const found: Leftovers = { removed: [], living: [], versions: [], unknown: [] }
  for (const { name } of list(folder)) {
    const [isOurs, number] = typeof name === 'string' && HIDDEN.exec(name) || []
    if (isOurs === undefined) continue
    try {
      found[settle(join(join(folder, '/'), name), number)].push(name)
    } catch (error) {
      if (is(error, 'EACCES', 'EPERM', 'ELOOP', 'ENOLCK', 'ENOTSUP')) found.unknown.push(name)
      else if (!is(error, 'ENOENT')) throw error   // published or removed meanwhile
    }
  }
  return found
}

function settle(path: Path, number: string | undefined): keyof Leftovers {
  const file = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const opened = file.stat()
    if (opened.type !== 'file') return 'unknown'
    if (!file.tryLock({ shared: true })) return 'living'
    const named = stat(path, { follow: false })
    if (number !== undefined && number !== String(named.ino)) return 'versions'
    if (named.ino !== opened.ino) return 'unknown'
    unlink(path)
    return 'removed'
  } finally {
    file.close()
  }
}
