// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { open, OpenFile, O_CREAT, O_RDWR, stat } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { Folder, join, list, mkdir, rmdir, unlink } from '../foundations/name.ts'
import { Attributes, ATTRIBUTE_MAX } from './extended-attribute.ts'
import { Fanotify, FAN_CREATE } from './fanotify.ts'

/** What a filesystem does where others do otherwise. */
export interface Traits {
  /** The order of eight names that were made one after the other. */
  listing: 'as created' | 'newest first' | 'another'
  /** Whether an open folder lists a name that came after it was opened. */
  listsLateNames: boolean
  /** Whether a folder's count of links is 2 and one more for each folder in it. */
  countsFolders: boolean
  /** `size` of a folder that has nothing in it, in bytes. */
  emptyFolderBytes: number
  /** Whether FICLONE gives a second file the blocks of the first. */
  clones: boolean
  /** The longest value of one attribute, in bytes. */
  attributeMax: number
  /** The last year that a file can say it was written in; 3000 stands for later, too. */
  lastYear: number
  /** The base-2 logarithm of the largest size of a file, rounded down; 52 stands for more, too. */
  sizeMaxLog2: number
  /** Whether fanotify watches the whole of it and gives names; null: only root can say. */
  tellsWhole: boolean | null
}

/**
 * Finds out what the filesystem that has `folder` does, in some milliseconds. Errors of mkdir(2):
 * EACCES, ENOENT, EROFS; ENOSPC.
 */
export function traitsOf(folder: Path): Traits {
  const own = join(folder, `.traits-${randomBytes(8).toString('hex')}`)
  mkdir(own, 0o700)
  try {
    const files = new Scratch(own)
    return {
      ...ordersOf(files),
      ...sizesOf(files),
      clones: clones(files),
      attributeMax: attributeMax(files),
      tellsWhole: tellsWhole(own),
    }
  } finally {
    clear(own)
  }
}

function clear(folder: Path): void {
  for (const { name, type } of [...list(folder)]) {
    if (type === 'directory') clear(join(folder, name))
    else unlink(join(folder, name))
  }
  rmdir(folder)
}

/** New files and folders, each under a name of its own. */
class Scratch {
  readonly #folder: Path
  #count = 0
  constructor(folder: Path) { this.#folder = folder }

  folder(): Path {
    const path = join(this.#folder, `folder${this.#count++}`)
    mkdir(path)
    return path
  }

  /** Opens a new file for `use`, and closes it. */
  file<T>(use: (file: OpenFile) => T, path = join(this.#folder, `file${this.#count++}`)): T {
    const file = open(path, O_RDWR | O_CREAT)
    try {
      return use(file)
    } finally {
      file.close()
    }
  }
}

function ordersOf(files: Scratch): Pick<Traits, 'listing' | 'listsLateNames' | 'countsFolders'> {
  const [listed, nested] = [files.folder(), files.folder()]
  const names = ['lorry', 'apple', 'zebra', 'mango', 'badge', 'tulip', 'crane', 'ochre']
  for (const name of names) files.file(() => {}, join(listed, name))
  const found = inside(listed, folder => namesIn(folder)).join()
  for (const name of names) mkdir(join(nested, name))
  return {
    listing: found === names.join() ? 'as created'
      : found === names.reverse().join() ? 'newest first' : 'another',
    listsLateNames: listsLateNames(files),
    countsFolders: stat(nested).nlink === 2 + names.length,
  }
}

function listsLateNames(files: Scratch): boolean {
  const path = files.folder()
  return inside(path, folder => {
    files.file(() => {}, join(path, 'late'))
    return namesIn(folder).length > 0
  })
}

const namesIn = (folder: Folder): Path[] => folder.read()?.names ?? []

function inside<T>(path: Path, use: (folder: Folder) => T): T {
  const folder = new Folder(path)
  try {
    return use(folder)
  } finally {
    folder.close()
  }
}

const YEAR_3000 = BigInt(Date.UTC(3000, 5)) * 1_000_000n

function sizesOf(files: Scratch): Pick<Traits, 'emptyFolderBytes' | 'lastYear' | 'sizeMaxLog2'> {
  const empty = stat(files.folder()).size
  return files.file(file => {
    file.setTimes({ mtimeNs: YEAR_3000 })
    const lastYear = new Date(Number(file.stat().mtimeNs / 1_000_000n)).getUTCFullYear()
    const sizeMaxLog2 = largest(52, power => file.truncate(2 ** power))
    return { emptyFolderBytes: empty, lastYear, sizeMaxLog2 }
  })
}

/** The largest whole number up to `limit` with which `action` does not fail. */
function largest(limit: number, action: (n: number) => void): number {
  let [low, high] = [0, limit]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    try {
      action(middle)
      low = middle
    } catch (error) {
      if (!(error instanceof SystemError)) throw error
      high = middle - 1
    }
  }
  return low
}

const attributeMax = (files: Scratch): number =>
  largest(ATTRIBUTE_MAX, size => files.file(file => new Attributes(file).set('user.a', Buffer.alloc(size))))

const ioctlCall = bind('int ioctl(int fd, unsigned int request, int source)')
const FICLONE = 0x40049409

const clones = (files: Scratch): boolean => files.file(from => files.file(to => {
  from.writeAll(Buffer.alloc(4096, 1))
  return unless(false, ['ENOTSUP', 'EINVAL', 'ENOTTY'], () => ioctlCall(to.fd, FICLONE, from.fd) === 0)
}))

const tellsWhole = (folder: Path): boolean | null =>
  unless<boolean | null>(null, ['EPERM'], () => unless(false, ['ENOTSUP', 'ENODEV', 'EXDEV', 'EINVAL'], () => {
    new Fanotify(folder, FAN_CREATE).close()
    return true
  }))

function unless<T>(otherwise: T, codes: string[], action: () => T): T {
  try {
    return action()
  } catch (error) {
    if (error instanceof SystemError && codes.includes(error.code)) return otherwise
    throw error
  }
}

const TMPFS: Traits = {
  listing: 'newest first', listsLateNames: true, countsFolders: true, emptyFolderBytes: 40,
  clones: false, attributeMax: 65_536, lastYear: 3000, sizeMaxLog2: 52, tellsWhole: true,
}

/** What was found on Linux 6.18, by the magic number that statfs(2) gives. */
export const TRAITS: ReadonlyMap<number, { name: string, traits: Traits }> = new Map([
  [0xef53, { name: 'ext4', traits: {
    listing: 'another', listsLateNames: true, countsFolders: true, emptyFolderBytes: 4096,
    clones: false, attributeMax: 4040, lastYear: 2446, sizeMaxLog2: 43, tellsWhole: true,
  } }],
  [0x58465342, { name: 'xfs', traits: {
    listing: 'as created', listsLateNames: true, countsFolders: true, emptyFolderBytes: 6,
    clones: true, attributeMax: 65_536, lastYear: 2486, sizeMaxLog2: 52, tellsWhole: true,
  } }],
  [0x9123683e, { name: 'btrfs', traits: {
    listing: 'as created', listsLateNames: false, countsFolders: false, emptyFolderBytes: 0,
    clones: true, attributeMax: 16_222, lastYear: 3000, sizeMaxLog2: 52, tellsWhole: true,
  } }],
  [0x01021994, { name: 'tmpfs', traits: TMPFS }],
  [0x794c7630, { name: 'overlayfs on tmpfs', traits: { ...TMPFS, tellsWhole: false } }],
])
