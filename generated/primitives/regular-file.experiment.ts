// Told in chapters/02-primitives-catalog/01-regular-file.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { createInterface } from 'node:readline'
import { open } from '../foundations/file.ts'
import { Appender, Follower, takeRecord } from './regular-file.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const line = 'x'.repeat(99)
const linesIn = ({ quick }: Context) => quick ? 20_000 : 200_000

function rate(count: number, begin: number): number { return count / (performance.now() - begin) * 1000 }

/** How often a second `act` can be done. */
const each = (prepare: (path: string) => () => unknown) => (context: Context) => {
  const [act, count] = [prepare(`${context.folder}/lines`), linesIn(context)]
  const begin = performance.now()
  for (let i = 0; i < count; i++) act()
  return rate(count, begin)
}

function fill(context: Context): string {
  fs.writeFileSync(`${context.folder}/full`, `${line}\n`.repeat(linesIn(context)))
  return `${context.folder}/full`
}
const inC = (what: string) => (context: Context) => Number(execFileSync(
  context.compile(new URL('./regular-file.limit.c', import.meta.url)),
  [what, what === 'append' ? `${context.folder}/c` : fill(context), String(linesIn(context))]))

async function readLines(context: Context): Promise<number> {
  const input = fs.createReadStream(fill(context))
  const begin = performance.now()
  let count = 0
  for await (const _line of createInterface({ input })) count++
  return rate(count, begin)
}

function readAll<T>(path: string, next: () => T | null): number {
  const begin = performance.now()
  let count = 0
  while (next() !== null) count++
  if (count === 0) throw new Error(`nothing in ${path}`)
  return rate(count, begin)
}


const [append, follow, take] = ['append', 'follow', 'take']
export default {
  question: 'How many lines of 100 bytes a second go into a file and come out of it?',
  unit: 'lines/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { group: append, name: 'Appender', run: each(path => {
      const appender = new Appender(path)
      return () => appender.append(line)
    }) },
    { group: append, name: 'writeSync, flag a', run: each(path => {
      const file = fs.openSync(path, 'a')
      return () => fs.writeSync(file, `${line}\n`)
    }) },
    { group: append, name: 'appendFileSync', run: each(path => () => fs.appendFileSync(path, `${line}\n`)) },
    { group: append, name: 'C: write', run: inC('append') },
    { group: follow, name: 'Follower', run: (context: Context) => {
      const follower = new Follower(fill(context))
      return readAll('full', () => follower.next())
    } },
    { group: follow, name: 'readline over a stream', run: readLines },
    { group: follow, name: 'C: getline', run: inC('follow') },
    { group: take, name: 'takeRecord', run: (context: Context) => {
      const file = open(fill(context))
      return readAll('full', () => takeRecord(file, 100))
    } },
    { group: take, name: 'C: read', run: inC('take') },
  ],
}
