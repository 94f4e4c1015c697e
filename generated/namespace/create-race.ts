// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { open, O_CREAT, O_EXCL, O_TMPFILE, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { link, mkdir, rename, renameNoReplace, split, symlink } from '../foundations/name.ts'

/** Tries to create `path`; true if it was us. */
export type Way = (path: string, round: number) => boolean

export interface Contest {
  /** The import declarations that `way` needs, as text. */
  imports: string
  /** A `Way`, as text, since it has to run in other processes. */
  way: string
  processes?: number
  rounds?: number
}

/**
 * Lets processes compete for one new name a round. Resolves to the number of winners of each round.
 */
export async function contest(
  { imports, way, processes = 2, rounds = 300 }: Contest,
): Promise<number[]> {
  const folder = mkdtempSync(`${tmpdir()}/contest-`)
  const self = JSON.stringify(import.meta.url)
  const script = `${imports}
    import { compete } from ${self}
    compete(${way}, ${JSON.stringify(folder)}, ${rounds})`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const competitors = Array.from({ length: processes }, () =>
    spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] }))
  try {
    return await umpire(competitors, rounds)
  } finally {
    for (const each of competitors) each.kill('SIGKILL')
    rmSync(folder, { recursive: true })
  }
}

async function umpire(competitors: ChildProcess[], rounds: number): Promise<number[]> {
  const texts = competitors.map(() => '')
  competitors.forEach((each, i) => each.stdout!.on('data', text => { texts[i] += text }))
  const ended = Promise.all(competitors.map(each => once(each, 'close')))
  await Promise.race([Promise.all(competitors.map(each => once(each.stdout!, 'data'))), ended])
  const startNs = process.hrtime.bigint() + 20_000_000n
  for (const each of competitors) each.stdin!.end(`${startNs}\n`)
  for (const [status] of await ended) {
    if (status !== 0) throw new Error(`a competitor ended with status ${status}`)
  }
  const winners = new Array<number>(rounds).fill(0)
  for (const text of texts) {
    for (const round of JSON.parse(text.split('\n')[1]!) as number[]) winners[round]!++
  }
  return winners
}

/**
 * What a competitor runs: waits for the start, then spins to the beginning of each round and tries.
 */
export function compete(way: Way, folder: string, rounds: number): void {
  console.log('ready')
  const startNs = BigInt(readFileSync(0, 'utf8'))
  const won = Array.from({ length: rounds }, (_, round) => round).filter(round => {
    while (process.hrtime.bigint() < startNs + BigInt(round) * 1_000_000n);
    return way(`${folder}/${round}`, round)
  })
  console.log(JSON.stringify(won))
}

/** Every call that creates a name and refuses a taken one, as a way to win it. */
export const WAYS: Record<string, Way> = {
  'open O_CREAT|O_EXCL': path => isFirst(() => open(path, O_WRONLY | O_CREAT | O_EXCL).close()),
  'mkdir': path => isFirst(() => mkdir(path)),
  'symlink': path => isFirst(() => symlink(String(process.pid), path)),
  'link': path => isFirst(() => withOwn(path, own => link(own, path))),
  'renameat2 RENAME_NOREPLACE': path =>
    isFirst(() => withOwn(path, own => renameNoReplace(own, path))),
}

/** Does `create`; false if the name was taken. */
function isFirst(create: () => void): boolean {
  try {
    create()
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EEXIST') return false
    throw error
  }
}

/** Lets `use` have a file beside `path`, and removes it if `use` left it there. */
function withOwn(path: string, use: (own: string) => void): void {
  const own = `${path}.${process.pid}`
  open(own, O_WRONLY | O_CREAT | O_EXCL).close()
  try {
    use(own)
  } finally {
    rmSync(own, { force: true })
  }
}

/** The false friend: atomic, and everybody wins. */
export const takeByRename: Way = path => {
  withOwn(path, own => rename(own, path))
  return true
}

/**
 * Creates a file with these bytes, unless the name is taken. True for the one caller whose bytes
 * are there; false for all others. Needs no lock and leaves nothing behind. Other failures throw:
 * ENOENT, EACCES, ENOSPC, EDQUOT, …
 */
export function createOnce(path: Path, bytes: Uint8Array, { mode = 0o666 } = {}): boolean {
  const file = openNameless(split(path).folder, mode)
  try {
    file.writeAll(bytes)
    return isFirst(() => link(file, path))
  } finally {
    file.close()
  }
}

function openNameless(folder: Path, mode: number): OpenFile {
  try {
    return open(folder, O_TMPFILE | O_WRONLY, mode)
  } catch (error) {
    // say what is missing where a file needs a name
    if (error instanceof SystemError && ['ENOTSUP', 'EISDIR'].includes(error.code)) {
      const hint = 'this filesystem has no files without a name (O_TMPFILE); use the atomic write'
      throw new SystemError(error.errno, 'createOnce', { path: folder, hint })
    }
    throw error
  }
}
