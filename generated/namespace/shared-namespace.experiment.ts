// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { open } from '../foundations/file.ts'
import { as, setAcl } from './shared-namespace.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const ann = { uid: 1000, gid: 1000 }
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count

function microseconds(count: number, turn: () => void): number {
  const begin = performance.now()
  for (let i = 0; i < count; i++) turn()
  return (performance.now() - begin) * 1000 / count
}

/** A file below eight folders, relative to the run's. Ann is let through by the mode, or is last in a list. */
function place(folder: string, entries: number): string {
  process.chdir(folder)
  chmodSync('.', 0o755)
  let path = '.'
  for (let i = 0; i < 8; i++) {
    path += '/deeper'
    mkdirSync(path)
    chmodSync(path, 0o755)
    const users = Object.fromEntries(Array.from({ length: entries }, (_, j) => [ann.uid - j, 5]))
    if (entries > 0) setAcl(path, { owner: 7, group: 5, other: 0, users })
  }
  writeFileSync(`${path}/file`, '')
  chmodSync(`${path}/file`, 0o644)
  return `${path}/file`
}

const inC = (way: string, entries: number, count: number) => (context: Context) => Number(execFileSync(
  context.compile(new URL('./shared-namespace.limit.c', import.meta.url)),
  [way, place(context.folder, entries), String(turns(context, count))], { encoding: 'utf8' }))

const lists = [['the mode', 0], ['a list of 4', 4], ['a list of 100', 100]] as const
const paths = lists.flatMap(([name, entries]) => [
  { name: `open, ${name}`, run: (context: Context) => {
    const path = place(context.folder, entries)
    return as(ann, () => microseconds(turns(context, 50_000), () => open(path).close()))
  } },
  { name: `C: open, ${name}`, run: inC('path', entries, 200_000) },
])
const asAnn = [
  { name: 'open, as oneself', run: (context: Context) => {
    const path = place(context.folder, 0)
    return microseconds(turns(context, 50_000), () => open(path).close())
  } },
  { name: 'open, as Ann', run: (context: Context) => {
    const path = place(context.folder, 0)
    return microseconds(turns(context, 5_000), () => as(ann, () => open(path).close()))
  } },
  { name: 'C: open, as Ann', run: inC('as', 0, 50_000) },
  { name: 'a child of Ann, by setpriv', run: (context: Context) => {
    const path = place(context.folder, 0)
    const args = ['--reuid=1000', '--regid=1000', '--clear-groups', 'cat', path]
    return microseconds(turns(context, 50), () => execFileSync('setpriv', args))
  } },
]

export default {
  question: 'What does it cost to be somebody else, and to be found in a list?',
  unit: 'µs',
  better: 'lower',
  baseline: ['open, as oneself', 'open, the mode'],
  debian: ['gcc', 'libc6-dev'],
  rows: [...asAnn.map(row => ({ group: 'to open a file as somebody else', ...row })),
    ...paths.map(row => ({ group: 'a path of eight folders, each with', ...row }))],
}
