// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import { createHash } from 'node:crypto'
import { open, O_TMPFILE, O_WRONLY, statIfThere, type Stat } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'

/** What a file was. It is plain data: JSON can keep it, if bigints are written as strings. */
export interface Mark {
  dev: number, ino: bigint, size: number, mtimeNs: bigint, ctimeNs: bigint
  /** Whether any later change must show in `ctimeNs`. */
  settled: boolean
  /** SHA-256 of the content; null if it was not read. */
  digest: string | null
}

export interface MarkOptions {
  /** Default true: read the content, so that no answer is ever unknown. */
  content?: boolean | undefined
  /** The filesystem's clock. Default: this machine's coarse one, which is that of every local filesystem. */
  now?: (() => bigint) | undefined
}

/** Remembers the file `path`. Errors of open(2) and read(2): ENOENT, EACCES, EISDIR, … */
export function mark(path: Path, options: MarkOptions = {}): Mark {
  const file = open(path)
  try {
    for (;;) {
      // look at the clock before the file
      const now = (options.now ?? coarseNs)()
      const before = file.stat()
      const settled = before.ctimeNs + unitNs(before) < now
      // read between two looks, and again if they differ
      const digest = options.content === false ? null : digestOf(file.readAll())
      const { dev, ino, size, mtimeNs, ctimeNs } = file.stat()
      if (isSame(before, { size, mtimeNs, ctimeNs })) {
        return { dev, ino, size, mtimeNs, ctimeNs, settled, digest }
      }
      file.seek(0)
    }
  } finally {
    file.close()
  }
}

const [MS, SECOND] = [1_000_000n, 1_000_000_000n]

function unitNs({ ctimeNs, mtimeNs }: Pick<Stat, 'ctimeNs' | 'mtimeNs'>): bigint {
  if (ctimeNs % SECOND === 0n) return 2n * SECOND
  return ctimeNs % MS === 0n || mtimeNs % MS === 0n ? 100n * MS : 20n * MS
}

const isSame = (a: Pick<Mark, 'size' | 'mtimeNs' | 'ctimeNs'>, b: typeof a) =>
  a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

const gettime = bind('int clock_gettime(int clock, void *time)')
const CLOCKS = { realtime: 0, monotonic: 1, coarse: 5 } as const
const time = Buffer.alloc(16)

/** The kernel's clock: clock_gettime(2). `coarse` is the one that stamps files. */
export function clockNs(clock: keyof typeof CLOCKS): bigint {
  gettime(CLOCKS[clock], time)
  return time.readBigInt64LE(0) * SECOND + time.readBigInt64LE(8)
}
const coarseNs = () => clockNs('coarse')

/** The clock of the filesystem that `folder` is on, asked by creating a file without a name. */
export function filesystemNs(folder: Path): bigint {
  const file = open(folder, O_WRONLY | O_TMPFILE)
  try {
    return file.stat().ctimeNs
  } finally {
    file.close()
  }
}

/** `changed` is `'unknown'` only for a mark without a digest. `mark` is the one to keep; null: no file. */
export interface Since { changed: boolean | 'unknown', mark: Mark | null }

/** Whether the content of `path` is another one than it was at `old`. Reads only if it must. */
export function changedSince(path: Path, old: Mark, options: MarkOptions = {}): Since {
  const now = statIfThere(path)
  if (now === null) return { changed: true, mark: null }
  const sameFile = now.dev === old.dev && now.ino === old.ino
  if (old.settled && sameFile && isSame(now, old)) return { changed: false, mark: old }
  // ask the content, if the mark has it
  try {
    const mark_ = mark(path, { ...options, content: old.digest !== null })
    if (mark_.size !== old.size) return { changed: true, mark: mark_ }
    if (old.digest === null) return { changed: 'unknown', mark: mark_ }
    return { changed: mark_.digest !== old.digest, mark: mark_ }
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ENOENT')) throw error
    return { changed: true, mark: null }
  }
}
