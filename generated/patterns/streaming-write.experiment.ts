// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { open, O_CREAT, O_WRONLY } from '../foundations/file.ts'
import { StreamingWrite } from './streaming-write.ts'

interface Context {
  folder: string
  quick: boolean
  compile(source: URL): string
}
interface Writer { write(bytes: Uint8Array): void, finish(): void }
const piece = Buffer.alloc(64 * 1024, 'x')
const total = ({ quick }: Context) => (quick ? 16 : 256) * 2 ** 20

/** Writes the file; the whole time and the longest call, in milliseconds. */
function record(context: Context, writer: Writer): { whole: number, longest: number } {
  const start = performance.now()
  let longest = 0
  const timed = (call: () => void) => {
    const before = performance.now()
    call()
    longest = Math.max(longest, performance.now() - before)
  }
  for (let at = 0; at < total(context); at += piece.length) timed(() => writer.write(piece))
  timed(() => writer.finish())
  return { whole: performance.now() - start, longest }
}

const streaming = (syncBytes: number) => (folder: string): Writer =>
  new StreamingWrite(`${folder}/concert`, { syncBytes })

function syncAtEnd(folder: string): Writer {
  const file = open(`${folder}/concert`, O_WRONLY | O_CREAT)
  return { write: bytes => file.writeAll(bytes), finish: () => { file.sync(); file.close() } }
}

const ways = {
  'one sync at the end': syncAtEnd,
  'a sync every 64 MiB': streaming(64 * 2 ** 20),
  'a sync every 8 MiB': streaming(8 * 2 ** 20),
  'a sync every 1 MiB': streaming(2 ** 20),
}

const inC = (number: 0 | 1) => (context: Context) => {
  const program = context.compile(new URL('./streaming-write.limit.c', import.meta.url))
  const args = [`${context.folder}/concert`, String(total(context)), String(8 * 2 ** 20)]
  return Number(execFileSync(program, args, { encoding: 'utf8' }).split(' ')[number])
}

const rows = (['whole', 'longest'] as const).flatMap((number, i) => [
  ...Object.entries(ways).map(([name, open]) => ({
    group: number === 'whole' ? 'the whole file' : 'the longest wait', name: `${name}, ${number}`,
    run: (context: Context) => record(context, open(context.folder))[number],
  })),
  { group: number === 'whole' ? 'the whole file' : 'the longest wait',
    name: `C, a sync every 8 MiB, ${number}`, run: inC(i as 0 | 1) },
])

export default {
  question: 'What does it cost to sync a long file while it is written, and what does it save at the end?',
  unit: 'ms',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  baseline: ['one sync at the end, whole', 'one sync at the end, longest'],
  rows,
}
