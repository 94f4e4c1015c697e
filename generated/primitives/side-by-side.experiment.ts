// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { endings, roundTrips, WAYS, type Load, type Way } from './side-by-side.ts'

export interface Context { folder: string, quick: boolean, compile(source: URL, flags?: string[]): string }
export interface Row { name: string, group: string, run(context: Context): Promise<number> | number }

const GROUPS: [string, string[]][] = [
  ['bytes and packets', ['FIFO', 'stream socket', 'datagram socket', 'seqpacket socket',
    'message queue', 'pseudo-terminal', 'lent page', 'node:net']],
  ['open files', ['passed descriptor', 'sealed memfd']],
  ['bells', ['eventfd', 'file lock', 'lease', 'signal']],
  ['files and names', ['regular file', 'folder entry', 'fanotify', 'hard link', 'rename',
    'extended attribute']],
  ['memory', ['memory map']],
]

/** Rows for the ways that can: one in TypeScript, and one of the C program under it. */
export function rowsFor(
  can: (way: Way) => boolean, inTypeScript: (way: Way, context: Context) => Promise<number>,
  inC: (way: Way, context: Context) => number,
): Row[] {
  return GROUPS.flatMap(([group, names]) => names.flatMap(name => {
    const way = WAYS.find(each => each.name === name)!
    if (!can(way)) return []
    const row = { name, group, run: (context: Context) => inTypeScript(way, context) }
    const below = { name: `${name}, in C`, group, run: (context: Context) => inC(way, context) }
    return name === 'node:net' ? [row] : [row, below]
  }))
}

/** What the C program says: the median in microseconds, or seconds. */
export function limit(
  { compile, folder }: Context, way: string, job: 'echo' | 'swallow', { size, count, place = 'apart' }: Load,
): number {
  const program = compile(new URL('./side-by-side.limit.c', import.meta.url))
  return Number(execFileSync(program, [way, job, folder, String(size), String(count), place]))
}

const rounds = ({ quick }: Context, count: number) => quick ? count / 10 : count
const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!
const size = (way: Way) => Math.min(way.carries, 64)

/** The channel that `fork` makes: a socket, JSON, and the event loop. */
async function processSend(context: Context): Promise<number> {
  const child = spawn(process.execPath, ['--eval', `process.on('message', note => process.send(note))
    process.send('ready')`], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
  await once(child, 'message')
  const note = 'x'.repeat(64)
  const times: number[] = []
  for (let i = 0; i < rounds(context, 1000); i++) {
    const begin = performance.now()
    child.send(note)
    await once(child, 'message')
    times.push((performance.now() - begin) * 1000)
  }
  child.disconnect()
  return median(times)
}

const rows = rowsFor(() => true,
  async (way, context) => median(await roundTrips(way, context.folder,
    { size: size(way), count: rounds(context, 1000), place: 'apart' })),
  (way, context) => limit(context, way.name, 'echo', { size: size(way), count:
    rounds(context, way.name === 'memory map' ? 200_000 : 5000) }))
const own: Row[] = [
  { name: 'pidfd: kill, and see the end', group: 'bells',
    run: async context => median(await endings(rounds(context, 100))) },
  { name: 'pidfd: kill, and see the end, in C', group: 'bells',
    run: context => limit(context, 'pidfd', 'echo', { size: 0, count: rounds(context, 300) }) },
]
const neighbours = ['FIFO', 'stream socket', 'eventfd'].flatMap((name): Row[] => {
  const way = WAYS.find(each => each.name === name)!
  const load = (context: Context, count: number): Load =>
    ({ size: size(way), count: rounds(context, count), place: 'together' })
  const group = 'both on one processor'
  return [
    { name: `${name}, on one`, group,
      run: async context => median(await roundTrips(way, context.folder, load(context, 1000))) },
    { name: `${name}, on one, in C`, group, run: context => limit(context, name, 'echo', load(context, 5000)) },
  ]
})
const afterBells = rows.findIndex(({ group }) => group === 'files and names')
const afterPackets = rows.findIndex(({ group }) => group === 'open files')

export default {
  question: 'How long does a note of 64 bytes take to another process and back?',
  unit: 'µs', better: 'lower', runs: 3, debian: ['gcc', 'libc6-dev'],
  rows: [
    ...rows.slice(0, afterPackets), { name: 'process.send', group: 'bytes and packets', run: processSend },
    ...rows.slice(afterPackets, afterBells), ...own, ...rows.slice(afterBells), ...neighbours,
  ],
}
