// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { acquireLease, tryAcquireLease, type LeaseOptions } from './fencing-lease.ts'
import { lockFile } from './lock-file.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }

async function rate(count: number, { quick }: Context, turn: () => unknown): Promise<number> {
  const turns = quick ? count / 10 : count
  const begin = performance.now()
  for (let i = 0; i < turns; i++) {
    const promise = turn()
    if (promise instanceof Promise) await promise
  }
  return turns / (performance.now() - begin) * 1000
}

const durable = 'a token that outlives a power cut'
const quick = 'a token that outlives a kill'
const leases = (group: string, count: number, options: LeaseOptions) => [
  { group, name: `acquireLease${options.durability === 'os' ? ", 'os'" : ''}`, run: (context: Context) => rate(count, context,
    async () => (await acquireLease(`${context.folder}/lease`, options)).release()) },
  { group, name: `tryAcquireLease${options.durability === 'os' ? ", 'os'" : ''}`, run: (context: Context) => rate(count, context,
    () => tryAcquireLease(`${context.folder}/lease`, options)!.release()) },
]
const inC = (group: string, what: string, count: number) => ({
  group, name: `C: the same calls${what === 'disk' ? ', fdatasync' : ''}`,
  run: ({ folder, quick, compile }: Context) => Number(execFileSync(
    compile(new URL('./fencing-lease.limit.c', import.meta.url)),
    [what, `${folder}/lease`, String(quick ? count / 10 : count)])) })

export default {
  question: 'How many times a second can a lease be taken and given back that nobody else wants?',
  unit: 'leases/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    ...leases(durable, 500, {}), inC(durable, 'disk', 500),
    ...leases(quick, 10_000, { durability: 'os' }), inC(quick, 'os', 50_000),
    { group: quick, name: 'lockFile, which has no token', run: (context: Context) => rate(10_000, context,
      async () => (await lockFile(`${context.folder}/lock`)).release()) },
  ],
}
