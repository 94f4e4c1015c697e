// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { open, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { takeLease } from './lease.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const program = ({ compile }: Context) => compile(new URL('./lease.limit.c', import.meta.url))
const opens = ({ quick }: Context) => quick ? 200 : 3000

/** The C program opens when it is told a byte, and says how many nanoseconds it stood there. */
async function held(context: Context): Promise<number> {
  const path = `${context.folder}/file`
  const file = open(path, O_RDWR | O_CREAT)
  const opener = spawn(program(context), ['opener', path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const times: number[] = []
  for (let i = 0; i < opens(context); i++) {
    takeLease(file, 'exclusive', lease => { lease.release() })
    opener.stdin.write('!')
    times.push((await once(opener.stdout, 'data') as [Buffer])[0].readUInt32LE())
  }
  opener.stdin.end()
  await once(opener, 'close')
  return times.sort((a, b) => a - b)[times.length >> 1]! / 1000
}
const inC = (what: string) => (context: Context) =>
  Number(execFileSync(program(context), [what, `${context.folder}/file`, String(opens(context))]))

export default {
  question: 'How long does an open take that the holder of a lease has to answer?',
  unit: 'µs',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'lease held in TypeScript', run: held },
    { name: 'lease held in C', run: inC('lease') },
    { name: 'no lease', run: inC('none') },
  ],
}
