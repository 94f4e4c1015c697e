// Told in chapters/10-files/01-file-handle.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { platform } from '../platforms/here.ts'
import { open, readFile } from './file-handle.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
type Action = (call: number) => unknown

const SIZE = 1 << 20
const page = Buffer.alloc(4096)
const at = (call: number) => (call & 255) * 4096
function scene(folder: string): { small: string, large: string, missing: string } {
  const [small, large] = [`${folder}/small`, `${folder}/large`]
  fs.writeFileSync(small, 'a line of text\n'.repeat(20))
  fs.writeFileSync(large, Buffer.alloc(SIZE, 'x'))
  return { small, large, missing: `${folder}/missing` }
}

/** Nanoseconds for a call of what `prepare` returns. */
const ns = (prepare: (paths: ReturnType<typeof scene>) => Action) => (context: Context) => {
  const action = prepare(scene(context.folder))
  const count = context.quick ? 5000 : 100_000
  for (let i = 0; i < 5000; i++) action(i)
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) action(i)
  return Number(process.hrtime.bigint() - start) / count
}

const inC = (what: string) => (context: Context) => {
  const { small, large } = scene(context.folder)
  const program = context.compile(new URL('./file-handle.limit.c', import.meta.url))
  const count = context.quick ? '5000' : '100000'
  return Number(execFileSync(program, [what, what === 'read' || what === 'write' ? large : small, count]))
}

const ways: Record<string, Record<string, (context: Context) => number>> = {
  'open, read, close': {
    'open, read, close: FileHandle': ns(({ small }) => () => {
      const file = open(small)
      file.readSome(page)
      file.close()
    }),
    'open, read, close: node:fs': ns(({ small }) => () => {
      const fd = fs.openSync(small, 'r')
      fs.readSync(fd, page)
      fs.closeSync(fd)
    }),
    'open, read, close: C': inC('open'),
  },
  'whole file': {
    'whole file: readFile': ns(({ small }) => () => readFile(small)),
    'whole file: readFileSync': ns(({ small }) => () => fs.readFileSync(small)),
  },
  'read 4 KiB': {
    'read 4 KiB: FileHandle': ns(({ large }) => {
      const file = open(large)
      return call => file.readInto(page, at(call))
    }),
    'read 4 KiB: node:fs': ns(({ large }) => {
      const fd = fs.openSync(large, 'r')
      return call => fs.readSync(fd, page, 0, 4096, at(call))
    }),
    'read 4 KiB: C': inC('read'),
  },
}

Object.assign(ways, {
  'write 4 KiB': {
    'write 4 KiB: FileHandle': ns(({ large }) => {
      const file = open(large, 'r+')
      return call => file.write(page, at(call))
    }),
    'write 4 KiB: node:fs': ns(({ large }) => {
      const fd = fs.openSync(large, 'r+')
      return call => fs.writeSync(fd, page, 0, 4096, at(call))
    }),
    'write 4 KiB: C': inC('write'),
  },
  'stat': {
    'stat: ours': ns(({ small }) => () => platform.stat(small)),
    'stat: statSync': ns(({ small }) => () => fs.statSync(small)),
    'stat: statSync with bigint': ns(({ small }) => () => fs.statSync(small, { bigint: true })),
    'stat: C': inC('stat'),
  },
  'missing': {
    'missing: statIfThere': ns(({ missing }) => () => platform.statIfThere(missing)),
    'missing: existsSync': ns(({ missing }) => () => fs.existsSync(missing)),
  },
})

export default {
  question: 'How many nanoseconds does a call on an open file take, and a question about a name?',
  unit: 'ns/call',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  baseline: Object.keys(ways).map(group =>
    Object.keys(ways[group]!).find(name => /node:fs|Sync$/.test(name))!),
  rows: Object.entries(ways).flatMap(([group, rows]) =>
    Object.entries(rows).map(([name, run]) => ({ group, name, run }))),
}
