// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import type { OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { mkfifo } from '../foundations/name.ts'
import { isReadable, waitReadable } from '../foundations/wait.ts'
import { openFifoReader } from './fifo.ts'
import { PseudoTerminal, RAW } from './pseudo-terminal.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const program = ({ compile }: Context) => compile(new URL('./pseudo-terminal.limit.c', import.meta.url))
const mebibytes = ({ quick }: Context) => quick ? 4 : 32

/** Reads what the C program writes to `path`, until it has all of it; resolves to MiB a second. */
async function read(context: Context, file: OpenFile, path: string, sizeOf = (size: number) => size): Promise<number> {
  const writer = spawn(program(context), ['write', path, String(mebibytes(context))], { stdio: ['ignore', 'inherit', 'inherit'] })
  const [buffer, wanted] = [Buffer.alloc(65_536), sizeOf(mebibytes(context) * 2 ** 20)]
  await waitReadable(file)
  const begin = performance.now()
  for (let got = 0; got < wanted;) {
    if (!isReadable(file)) await waitReadable(file)
    got += unlessEnded(() => file.read(buffer), wanted)
  }
  const seconds = (performance.now() - begin) / 1000
  await new Promise(resolve => writer.on('close', resolve))
  file.close()
  return mebibytes(context) / seconds
}

function unlessEnded(call: () => number, otherwise: number): number {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EIO') return otherwise
    throw error
  }
}

const inC = (what: string) => (context: Context) => Number(execFileSync(program(context),
  [what, `${context.folder}/fifo`, String(mebibytes(context))], { encoding: 'utf8' }))

export default {
  question: 'How many bytes a second come out of a terminal?',
  unit: 'MiB/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'a terminal as it is', run: (context: Context) => {
      const terminal = new PseudoTerminal()
      return read(context, terminal, terminal.path, size => size / 64 * 65)   // each newline is two
    } },
    { name: 'a raw terminal', run: (context: Context) => {
      const terminal = new PseudoTerminal()
      terminal.set(RAW)
      return read(context, terminal, terminal.path)
    } },
    { name: 'a FIFO', run: (context: Context) => {
      const path = `${context.folder}/fifo`
      mkfifo(path)
      return read(context, openFifoReader(path), path)
    } },
    { name: 'C: a raw terminal', run: inC('terminal') },
    { name: 'C: a FIFO', run: inC('fifo') },
  ],
}
