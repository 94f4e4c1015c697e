// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { Semaphore } from './semaphore.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count

async function rate(count: number, turn: () => unknown): Promise<number> {
  const begin = performance.now()
  for (let i = 0; i < count; i++) {
    const promise = turn()
    if (promise instanceof Promise) await promise
  }
  return count / (performance.now() - begin) * 1000
}
const inC = (what: string, count: number) => (context: Context) => Number(execFileSync(
  context.compile(new URL('./semaphore.limit.c', import.meta.url)),
  [what, `${context.folder}/c`, String(turns(context, count))]))

export default {
  question: 'How many times a second can one of eight permits be taken and given back?',
  unit: 'permits/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'acquire', run: async (context: Context) => {
      const semaphore = new Semaphore(`${context.folder}/semaphore`, 8)
      return rate(turns(context, 10_000), async () => (await semaphore.acquire()).release())
    } },
    { name: 'tryAcquire', run: (context: Context) => {
      const semaphore = new Semaphore(`${context.folder}/semaphore`, 8)
      return rate(turns(context, 10_000), () => semaphore.tryAcquire()!.release())
    } },
    { name: 'C: open, fcntl, close', run: inC('lock', 100_000) },
    { name: 'C: sem_wait, sem_post', run: inC('posix', 10_000_000) },
  ],
}
