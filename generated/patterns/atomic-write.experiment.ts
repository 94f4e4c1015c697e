// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { unlink } from '../foundations/name.ts'
import { atomicWrite } from './atomic-write.ts'

interface Context { folder: string, quick: boolean, peer(name: string): Promise<unknown> }
type Write = (path: string, data: Uint8Array, how: { fsync: boolean }) => unknown
const bytes = Buffer.alloc(4096, 'x')
const isSynced = { 'without sync': false, 'with sync': true }
type Group = keyof typeof isSynced

/** Calls `write` many times, first to warm up, and resolves to calls a second. */
async function rate(group: Group, { folder, quick }: Context, write: (path: string) => unknown) {
  const count = (isSynced[group] ? 300 : 3000) / (quick ? 10 : 1)
  const path = `${folder}/target`
  let start = 0
  for (let i = -count / 10; i < count; i++) {
    if (i === 0) start = performance.now()
    const promise = write(path)
    if (promise instanceof Promise) await promise
  }
  return count / (performance.now() - start) * 1000
}

const ours = (group: Group) => (context: Context) => {
  const durability = isSynced[group] ? 'disk' : 'os'
  return rate(group, context, path => { atomicWrite(path, bytes, { durability }) })
}

const theirs = (group: Group, form: 'async' | 'sync') => async (context: Context) => {
  const peer = await context.peer('write-file-atomic') as Write & { sync: Write }
  const write = form === 'sync' ? peer.sync : peer
  return rate(group, context, path => write(path, bytes, { fsync: isSynced[group] }))
}

/** What an exchange costs when nobody wants the old version. */
const byExchange = (context: Context) => rate('without sync', context, path => {
  const { previous } = atomicWrite(path, bytes, { durability: 'os', replace: 'exchange' })
  if (previous !== undefined) unlink(previous)
})

/** The same in a folder that lies in memory, where no disk takes part in the time. */
const inMemory = (run: (context: Context) => Promise<number>) => async (context: Context) => {
  const folder = mkdtempSync('/dev/shm/atomic-write-')
  try {
    return await run({ ...context, folder })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const inC = (group: Group) => ({ folder, quick }: Context) => {
  const source = fileURLToPath(new URL('./atomic-write.c', import.meta.url))
  execFileSync('cc', ['-O2', '-o', `${folder}/writer`, source])
  const count = (isSynced[group] ? 300 : 3000) / (quick ? 10 : 1)
  return Number(execFileSync(`${folder}/writer`, [folder, String(count), isSynced[group] ? 'sync' : '']))
}

const rows = (Object.keys(isSynced) as Group[]).flatMap(group => [
  { group, name: `atomicWrite ${group}`, run: ours(group), targetRatio: isSynced[group] ? 2 : 5 },
  { group, name: `write-file-atomic ${group}`, run: theirs(group, 'async') },
  { group, name: `write-file-atomic.sync ${group}`, run: theirs(group, 'sync') },
  { group: `C, ${group}`, name: `C ${group}`, run: inC(group) },
  { group: `C, ${group}`, name: `atomicWrite beside C ${group}`, run: ours(group), targetRatio: 0.7 },
])

const memory = 'without sync, in memory'
const inMemoryRows = [
  { group: memory, name: 'atomicWrite in memory', run: inMemory(ours('without sync')), targetRatio: 5 },
  { group: memory, name: 'write-file-atomic in memory', run: inMemory(theirs('without sync', 'async')) },
  { group: memory, name: 'write-file-atomic.sync in memory', run: inMemory(theirs('without sync', 'sync')) },
]

const plainly = (context: Context) =>
  rate('without sync', context, path => writeFileSync(path, bytes))

export default {
  question: 'How many times a second can a file of 4 KiB be replaced so that nobody sees it torn?',
  unit: 'writes/s',
  better: 'higher',
  peers: ['write-file-atomic'],
  debian: ['gcc', 'libc6-dev'],
  baseline: [...rows, ...inMemoryRows].map(({ name }) => name)
    .filter(name => /^(C|write-file-atomic) /.test(name)),
  rows: [
    { group: 'without sync', name: 'writeFileSync, not atomic', run: plainly },
    { group: 'without sync', name: 'exchange, then unlink the old', run: byExchange },
    ...rows, ...inMemoryRows,
  ],
}
