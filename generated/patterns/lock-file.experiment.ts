// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { openSync, writeFileSync } from 'node:fs'
import { open, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { tryFlock, unlockFlock } from '../primitives/file-lock.ts'
import { lockFile, lockFileSync } from './lock-file.ts'

interface Context {
  folder: string, quick: boolean
  // biome-ignore lint/suspicious/noExplicitAny: a peer has whatever type it has
  peer(name: string): Promise<any>
  compile(source: URL): string
}

/** Times a second that `turn` is done, after a warm-up of a tenth. */
async function rate(count: number, { quick }: Context, turn: () => unknown): Promise<number> {
  const turns = quick ? count / 10 : count
  let begin = 0
  for (let i = -turns / 10; i < turns; i++) {
    if (i === 0) begin = performance.now()
    const promise = turn()
    if (promise instanceof Promise) await promise
  }
  return turns / (performance.now() - begin) * 1000
}

const inC = (what: string) => ({ folder, quick, compile }: Context) => {
  const program = compile(new URL('./lock-file.limit.c', import.meta.url))
  return Number(execFileSync(program, [what, `${folder}/lock`, String(quick ? 20_000 : 200_000)]))
}

const byPath = 'open, lock, let go'
const onFile = 'lock and unlock an open file'

const rows = [
  { group: byPath, name: 'lockFile', targetRatio: 50, run: (context: Context) => rate(30_000, context,
    async () => (await lockFile(`${context.folder}/lock`)).release()) },
  { group: byPath, name: 'lockFileSync', targetRatio: 50, run: (context: Context) => rate(30_000, context,
    () => lockFileSync(`${context.folder}/lock`).release()) },
  { group: byPath, name: 'proper-lockfile', run: async (context: Context) => {
    const { lock } = await context.peer('proper-lockfile')
    writeFileSync(`${context.folder}/file`, '')
    return rate(500, context, async () => (await lock(`${context.folder}/file`))())
  } },
  { group: byPath, name: 'proper-lockfile, sync', run: async (context: Context) => {
    const { lockSync } = await context.peer('proper-lockfile')
    writeFileSync(`${context.folder}/file`, '')
    return rate(1000, context, () => lockSync(`${context.folder}/file`)())
  } },
  { group: byPath, name: 'C: open, fcntl, close', run: inC('path') },
  { group: onFile, name: 'tryLock, unlock', targetRatio: 0.25, run: (context: Context) => {
    const file = open(`${context.folder}/lock`, O_RDWR | O_CREAT)
    return rate(200_000, context, () => { file.tryLock(); file.unlock() })
  } },
  { group: onFile, name: 'tryFlock, unlockFlock', run: (context: Context) => {
    const file = open(`${context.folder}/lock`, O_RDWR | O_CREAT)
    return rate(200_000, context, () => { tryFlock(file); unlockFlock(file) })
  } },
  { group: onFile, name: 'fs-ext, flockSync', run: async (context: Context) => {
    const { flockSync } = await context.peer('fs-ext')
    const fd = openSync(`${context.folder}/lock`, 'w')
    return rate(200_000, context, () => { flockSync(fd, 'exnb'); flockSync(fd, 'un') })
  } },

  { group: onFile, name: 'fs-ext, flock with callbacks', run: async (context: Context) => {
    const { flock } = await context.peer('fs-ext')
    const fd = openSync(`${context.folder}/lock`, 'w')
    const call = (how: string) => new Promise<void>((resolve, reject) =>
      flock(fd, how, (error: Error | null) => error ? reject(error) : resolve()))
    return rate(10_000, context, async () => { await call('exnb'); await call('un') })
  } },
  { group: onFile, name: 'C: fcntl, open file description', run: inC('ofd') },
  { group: onFile, name: 'C: flock', run: inC('flock') },
]

export default {
  question: 'How many times a second can a lock be taken that nobody else wants?',
  unit: 'locks/s',
  better: 'higher',
  peers: ['proper-lockfile', 'fs-ext'],
  debian: ['gcc', 'libc6-dev'],
  baseline: ['proper-lockfile', 'fs-ext, flockSync'],
  rows,
}
