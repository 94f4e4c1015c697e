// Reading and replacing files, so that whoever looks sees the old file or the new one.
import { createHash } from 'node:crypto'
import {
  chmodSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, realpathSync, renameSync, rmdirSync, rmSync, writeFileSync,
} from 'node:fs'
import { basename, dirname, join, relative, sep } from 'node:path'

/** The content of a file, or undefined when there is none. */
export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EISDIR') return undefined
    throw error
  }
}

export function digest(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex')
}

/** What is to become of a file. */
export type Change =
  /** It gets this text. Without a mode, a text that begins with `#!` becomes executable. */
  | { path: string; text: string; mode?: number }
  /** It goes, and with it the folders below `goneFrom` that it leaves empty. */
  | { path: string; goneFrom: string }

/** Replaces a file by one rename. Folders on the way are made. A text that begins with `#!` becomes executable. */
export function replaceFile(path: string, text: string): void {
  stage([{ path, text }]).commit()
}

/**
 * Writes all texts beside their targets first and gives them their names afterwards, in order, so that a disk that is
 * full stops the run before it has changed anything. Throws the system's error; nothing is left behind then.
 */
export function stage(changes: Change[]): { commit(): void; undo(): void } {
  const commits: (() => void)[] = []
  const undoings: (() => void)[] = []
  const undo = () => {
    for (const undoing of undoings.reverse()) undoing()
  }
  const guarded = (steps: () => void) => {
    try {
      steps()
    } catch (error) {
      undo()
      throw error
    }
  }
  const isInTheWay = (path: string) => changes.some((other) => other.path.startsWith(path + sep)) && isFile(path)
  const prepare = (change: Change, i: number) => {
    const { path } = change
    const beside = join(dirname(path), `.${basename(path)}.loom-${process.pid}-${i}`)
    if ('text' in change) {
      const first = mkdirSync(dirname(path), { recursive: true })
      if (first !== undefined) undoings.push(() => pruneFolders(dirname(path), dirname(first)))
      undoings.push(() => rmSync(beside, { force: true }))
      commits.push(() => renameSync(beside, path))
      writeFileSync(beside, change.text)
      const mode = change.mode ?? (change.text.startsWith('#!') ? 0o755 : undefined)
      if (mode !== undefined) chmodSync(beside, mode)
    } else if (isInTheWay(path)) {
      // a file that becomes a folder steps aside before anything can be written inside
      renameSync(path, beside)
      undoings.push(() => (existsSync(path) || !isFile(beside) ? rmSync(beside, { force: true }) : renameSync(beside, path)))
      commits.push(() => rmSync(beside, { force: true }))
    } else commits.push(() => removeFile(change.goneFrom, relative(change.goneFrom, path)))
  }
  for (const folder of new Set(changes.map(({ path }) => dirname(path)))) {
    for (const { name } of entriesOf(folder)) removeIfLeftover(join(folder, name))
  }
  guarded(() => changes.forEach(prepare))
  return { undo, commit: () => guarded(() => commits.forEach((commit) => commit())) }
}

function isFile(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isFile() ?? false
}

const leftover = /^\..+\.loom-(\d+)-\d+$/

/** Removes what a killed run left beside its targets anywhere in a folder. The files of a run that is still alive stay. */
export function removeLeftovers(folder: string): void {
  for (const name of listFiles(folder)) removeIfLeftover(join(folder, name))
}

function removeIfLeftover(path: string): void {
  const pid = leftover.exec(basename(path))?.[1]
  if (pid !== undefined && !isAlive(Number(pid))) rmSync(path, { force: true })
}

/** Whether there is such a process, be it somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** The files below a folder, as sorted relative paths with forward slashes; [] when there is no folder. */
export function listFiles(folder: string, skip: (name: string) => boolean = () => false): string[] {
  const found: string[] = []
  const walk = (inside: string) => {
    for (const entry of entriesOf(join(folder, inside))) {
      if (skip(entry.name)) continue
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`
      if (entry.isDirectory()) walk(path)
      else if (entry.isFile()) found.push(path)
    }
  }
  walk('')
  return found.sort()
}

function entriesOf(folder: string) {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

/** Removes a file and then the folders above it that became empty, up to `root`. A folder in its place stays. */
export function removeFile(root: string, path: string): void {
  if (isFile(join(root, path))) rmSync(join(root, path), { force: true })
  pruneFolders(join(root, dirname(path)), root)
}

/** Removes a folder if it is empty, and then those above it that are, up to `root`. */
function pruneFolders(folder: string, root: string): void {
  for (; folder !== root; folder = dirname(folder)) {
    try {
      rmdirSync(folder)
    } catch {
      return // not empty
    }
  }
}

/** Whether `path`, with the symbolic links on the way followed, would come to lie inside `folder`. */
export function staysInside(folder: string, path: string): boolean {
  const root = realFolder(folder)
  const real = realFolder(dirname(path))
  return real === root || real.startsWith(root + sep)
}

function realFolder(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return join(realFolder(dirname(path)), basename(path))
  }
}
