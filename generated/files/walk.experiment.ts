// Told in chapters/10-files/04-walk.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { walk, walkdir } from './walk.ts'
import { treeOf } from './walk-tree.ts'

type Where = 'memory' | 'disk'
interface Context { folder: string, quick: boolean, compile(source: URL): string, peer(name: string): Promise<Peer> }
interface Crawler { sync(): unknown[], withPromise(): Promise<unknown[]> }
interface Peer { fdir: new () => { withFullPaths(): { withDirs(): { crawl(path: string): Crawler } } } }
type Count = (tree: string, context: Context) => number | Promise<number>

/** Walks once to warm the caches, the kernel's and the engine's, and resolves to entries a second of the second time. */
const rate = (where: Where, count: Count) => async (context: Context) => {
  const tree = treeOf(context, where)
  await count(tree, context)
  const start = performance.now()
  const entries = await count(tree, context)
  return entries / (performance.now() - start) * 1000
}

const byEntry: Count = (tree) => {
  let entries = 0
  for (const { name } of walk(tree)) if (name.length > 0) entries++
  return entries
}

const byPath: Count = (tree) => {
  let entries = 0
  for (const { path } of walk(tree)) if (path.length > 0) entries++
  return entries
}

const byFolder: Count = (tree) => {
  let entries = 0
  for (const { dirs, files } of walkdir(tree)) entries += dirs.length + files.length
  return entries
}

const fdir = (how: 'sync' | 'withPromise'): Count => async (tree, { peer }) => {
  const { fdir } = await peer('fdir')
  const crawler = new fdir().withFullPaths().withDirs().crawl(tree)
  return (await crawler[how]()).length - 1   // it tells the top too
}

const inC = (where: Where) => (context: Context) => {
  const program = context.compile(new URL('./walk.limit.c', import.meta.url))
  const tree = treeOf(context, where)
  const run = () => execFileSync(program, ['walk', tree], { encoding: 'utf8' }).split(' ').map(Number)
  run()
  const [entries, seconds] = run()
  return entries! / seconds!
}

const rows = (['memory', 'disk'] as Where[]).flatMap(where => {
  const group = where === 'memory' ? 'in memory (tmpfs)' : 'on the disk, cached'
  const row = (name: string, count: Count) => ({ group, name: `${name}, ${where}`, run: rate(where, count) })
  return [
    { ...row('walk', byEntry), targetRatio: 1 },
    { ...row('walk, every path', byPath), targetRatio: 1 },
    { ...row('walkdir, sorted', byFolder), targetRatio: 1 },
    row('fdir sync', fdir('sync')), row('fdir async', fdir('withPromise')),
    row('readdirSync recursive', tree => readdirSync(tree, { recursive: true }).length),
    { group, name: `C, ${where}`, run: inC(where) },
  ]
})

export default {
  question: 'How many entries of a tree of a million does a walk tell in a second?',
  unit: 'entries/s',
  better: 'higher',
  runs: 5,
  timeoutMs: 300_000,
  peers: ['fdir'],
  debian: ['gcc', 'libc6-dev'],
  baseline: ['fdir sync, memory', 'fdir sync, disk'],
  rows,
}
