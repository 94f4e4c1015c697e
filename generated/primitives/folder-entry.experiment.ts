// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { list } from '../foundations/name.ts'
import { notes, post, take } from './folder-entry.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const [names, rounds] = [10_000, ({ quick }: Context) => quick ? 1 : 5]
const seconds = (begin: number) => (performance.now() - begin) / 1000

/** In a folder in memory: on a disk, its journal would be measured, and who else writes to it. */
function inMemory<T>(use: (folder: string) => T): T {
  const folder = fs.mkdtempSync('/dev/shm/folder-entry-')
  try {
    return use(folder)
  } finally {
    fs.rmSync(folder, { recursive: true })
  }
}

const pairs = (turn: (folder: string, note: string) => void) => (context: Context) => inMemory(folder => {
  const count = rounds(context) * 4000
  const begin = performance.now()
  for (let i = 0; i < count; i++) turn(folder, `note ${i}`)
  return count / seconds(begin)
})

function fill({ folder }: Context): string {
  for (let i = 0; i < names; i++) fs.writeFileSync(`${folder}/note ${i}`, '')
  return folder
}

const listing = (look: (folder: string) => Iterable<unknown>) => (context: Context) => {
  const folder = fill(context)
  const begin = performance.now()
  let count = 0
  for (let i = 0; i < rounds(context); i++) for (const _name of look(folder)) count++
  if (count !== names * rounds(context)) throw new Error(`${count} names`)
  return count / seconds(begin)
}

const inC = (what: string) => (context: Context) => inMemory(memory => Number(execFileSync(
  context.compile(new URL('./folder-entry.limit.c', import.meta.url)),
  what === 'list' ? [what, fill(context), String(rounds(context))]
    : [what, memory, String(rounds(context) * 4000)])))

const [hang, look] = ['post and take, in memory', 'list 10,000']
export default {
  question: 'How many notes a second go up and down again, and how many names a second are listed?',
  unit: '1/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  runs: 5,
  rows: [
    { group: hang, name: 'post, take', run: pairs((folder, note) => {
      post(folder, note)
      take(folder, note)
    }) },
    { group: hang, name: 'openSync wx, closeSync, unlinkSync', run: pairs((folder, note) => {
      fs.closeSync(fs.openSync(`${folder}/${note}`, 'wx'))
      fs.unlinkSync(`${folder}/${note}`)
    }) },
    { group: hang, name: 'mkdirSync, rmdirSync', run: pairs((folder, note) => {
      fs.mkdirSync(`${folder}/${note}`)
      fs.rmdirSync(`${folder}/${note}`)
    }) },
    { group: hang, name: 'C: open, close, unlink', run: inC('post') },
    { group: look, name: 'notes', run: listing(notes) },
    { group: look, name: 'list, with types and inodes', run: listing(list) },
    { group: look, name: 'readdirSync', run: listing(folder => fs.readdirSync(folder)) },
    { group: look, name: 'C: readdir', run: inC('list') },
  ],
}
