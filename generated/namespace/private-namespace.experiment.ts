// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { open } from '../foundations/file.ts'
import { mountMemory, mountOverlay, privately, startContained, visit } from './private-namespace.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count
const limit = new URL('./private-namespace.limit.c', import.meta.url)
const run = (program: string, ...args: (string | number)[]) =>
  Number(execFileSync(program, args.map(String), { encoding: 'utf8' }))

function microseconds(count: number, turn: () => void): number {
  const begin = performance.now()
  for (let i = 0; i < count; i++) turn()
  return (performance.now() - begin) * 1000 / count
}

/** Eight folders and a file; with `each`, something is done to each folder before the next is made. */
function deep(top: string, each: (path: string) => void = () => {}): string {
  let path = top
  for (let i = 0; i < 8; i++) {
    path += '/deeper'
    mkdirSync(path)
    each(path)
  }
  writeFileSync(`${path}/file`, '')
  return `${path}/file`
}

/** Folders that are laid over each other; the file is in the lowest. */
function overlaid(layers: number): string {
  const lower = Array.from({ length: layers }, (_, i) => `layer${i}`)
  for (const each of [...lower, 'view']) mkdirSync(each)
  const path = deep(lower.at(-1)!)
  mountOverlay('view', { lower })
  return path.replace(lower.at(-1)!, 'view')
}

const ways: Record<string, () => string> = {
  'one filesystem': () => deep('.'),
  'eight mounts, one in the other': () => deep('.', path => mountMemory(path)),
  'through /proc/PID/root': () => `/proc/${process.pid}/root${process.cwd()}/${deep('.')}`,
  'an overlay of two': () => overlaid(2),
  'an overlay of twenty': () => overlaid(20),
}
const paths = Object.entries(ways).flatMap(([name, make]) => [
  { name, run: (context: Context) => inMemory(context, () => {
    const path = make()
    return microseconds(turns(context, 50_000), () => open(path).close())
  }) },
  { name: `C: ${name}`, run: (context: Context) => {
    const program = context.compile(limit)
    return inMemory(context, () => run(program, 'path', make(), turns(context, 200_000)))
  } },
])

function inMemory<T>({ folder }: Context, action: () => T): T {
  return privately(() => {
    mountMemory(folder)
    process.chdir(folder)
    return action()
  })
}

const spawned = (...command: string[]) => (context: Context) =>
  microseconds(turns(context, 40), () => execFileSync(command[0]!, command.slice(1)))

const namespaces = [
  { name: 'privately', run: (context: Context) => microseconds(turns(context, 400), () => privately(() => 1)) },
  { name: 'C: unshare, private, setns', run: (context: Context) =>
    run(context.compile(limit), 'private', '.', turns(context, 400)) },
  { name: 'visit', run: (context: Context) => {
    const other = privately(() => open('/proc/thread-self/ns/mnt'))
    return microseconds(turns(context, 2_000), () => visit(other, () => 1))
  } },
  { name: 'a child', run: spawned('true') },
  { name: 'a child, by unshare --mount', run: spawned('unshare', '--mount', 'true') },
  { name: 'a child, by startContained', run: async (context: Context) => {
    const [count, begin] = [turns(context, 20), performance.now()]
    for (let i = 0; i < count; i++) await once(startContained('true', [], { folder: context.folder }), 'exit')
    return (performance.now() - begin) * 1000 / count
  } },
]

export default {
  question: 'What does a name cost that crosses mounts, and what does a namespace cost?',
  unit: 'µs',
  better: 'lower',
  baseline: ['one filesystem', 'a child'],
  debian: ['gcc', 'libc6-dev'],
  rows: [...paths.map(row => ({ group: 'to open a file eight folders deep', ...row })),
    ...namespaces.map(row => ({ group: 'a namespace', ...row }))],
}
