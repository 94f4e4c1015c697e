// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { atomicWrite } from './atomic-write.ts'
import { TwoPhaseFolder } from './two-phase-publish.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const names = ['hosts', 'ports', 'rules']
const set = Object.fromEntries(names.map(name => [name, 'x'.repeat(100)]))

function rate({ quick }: Context, count: number, turn: () => void): number {
  const turns = quick ? count / 10 : count
  const begin = performance.now()
  for (let i = 0; i < turns; i++) turn()
  return turns / (performance.now() - begin) * 1000
}

const limit = (what: string, count: number) => ({ folder, quick, compile }: Context) => Number(execFileSync(
  compile(new URL('./two-phase-publish.limit.c', import.meta.url)), [folder, what, String(quick ? count / 10 : count)]))

export default {
  question: 'How many times a second can three small files be published, and read, as one?',
  unit: 'sets/s',
  better: 'higher',
  runs: 6,
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'publish as one', run: (context: Context) => {
      const own = new TwoPhaseFolder(context.folder)
      return rate(context, 100, () => own.publish(set))
    } },
    { name: 'three atomic writes', run: (context: Context) => rate(context, 100, () => {
      for (const name of names) atomicWrite(`${context.folder}/${name}`, set[name]!)
    }) },
    { name: 'read as one', run: (context: Context) => {
      const own = new TwoPhaseFolder(context.folder)
      own.publish(set)
      return rate(context, 5000, () => own.read(names))
    } },
    { name: 'C: publish as one', run: limit('publish', 100) },
    { name: 'C: read as one', run: limit('read', 20_000) },
  ],
}
