// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { exchange } from '../foundations/name.ts'
import { fetchAndStore, NamedState } from './rename.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count

/** In a folder in memory: on a disk, its journal would be measured, and who else writes to it. */
function inMemory<T>(use: (folder: string) => T): T {
  const folder = fs.mkdtempSync('/dev/shm/rename-')
  try {
    return use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

/** Microseconds that one turn takes. */
const each = (count: number, prepare: (folder: string) => (i: number) => unknown) =>
  (context: Context) => inMemory(folder => {
    const [turn, all] = [prepare(folder), turns(context, count)]
    const begin = performance.now()
    for (let i = 0; i < all; i++) turn(i)
    return (performance.now() - begin) / all * 1000
  })
const inC = (what: string, count: number) => (context: Context) => inMemory(folder => Number(execFileSync(
  context.compile(new URL('./rename.limit.c', import.meta.url)), [what, folder, String(turns(context, count))])))
const states = ['waiting', 'running'] as const
const [change, read, swap, store] = ['change a state', 'read a state', 'two folders change places', 'fetch and store']

function two(folder: string): [string, string] {
  for (const name of ['live', 'next']) fs.mkdirSync(`${folder}/${name}`)
  return [`${folder}/live`, `${folder}/next`]
}

function storing(folder: string): (i: number) => Buffer {
  fs.writeFileSync(`${folder}/slot`, '')
  return i => fetchAndStore(`${folder}/slot`, Buffer.from(String(i)))
}

export default {
  question: 'What do a change of state, a look at it, and an exchange cost?',
  unit: 'µs',
  better: 'lower',
  runs: 5,
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { group: change, name: 'NamedState.change', run: each(10_000, folder => {
      const job = NamedState.create(`${folder}/job`, 'waiting')
      return i => job.change(states[i % 2]!, states[(i + 1) % 2]!)
    }) },
    { group: change, name: 'renameSync', run: each(10_000, folder => {
      fs.writeFileSync(`${folder}/job.waiting`, '')
      return i => fs.renameSync(`${folder}/job.${states[i % 2]}`, `${folder}/job.${states[(i + 1) % 2]}`)
    }) },
    { group: change, name: 'C: renameat2', run: inC('change', 10_000) },
    { group: read, name: 'NamedState.get', run: each(50_000, folder => {
      const job = NamedState.create(`${folder}/job`, 'waiting')
      return () => job.get()
    }) },
    { group: read, name: 'readdirSync of a folder of 100', run: each(5_000, folder => {
      for (let i = 0; i < 100; i++) fs.writeFileSync(`${folder}/job-${i}.waiting`, '')
      return () => fs.readdirSync(folder).find(name => name.startsWith('job-50.'))
    }) },
    { group: read, name: 'C: readlink', run: inC('read', 50_000) },
    { group: swap, name: 'exchange', run: each(10_000, folder => {
      const [live, next] = two(folder)
      return () => exchange(live, next)
    }) },
    { group: swap, name: 'renameSync, three times', run: each(10_000, folder => {
      const [live, next] = two(folder)
      return () => [[live, `${folder}/aside`], [next, live], [`${folder}/aside`, next]]
        .forEach(([from, to]) => fs.renameSync(from!, to!))
    }) },
    { group: swap, name: 'C: renameat2, exchange', run: inC('swap', 10_000) },
    { group: store, name: 'fetchAndStore', run: each(5_000, storing) },
    { group: store, name: 'C: the same calls', run: inC('fetch', 5_000) },
  ],
}
