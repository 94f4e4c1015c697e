// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { collect, deliver, Register } from './link.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const value = 'carol until 17:00, then nobody, and bob.'
const turns = ({ quick }: Context, count: number) => quick ? count / 10 : count

/** Microseconds that one turn takes. */
const each = (count: number, prepare: (folder: string) => (i: number) => unknown) => (context: Context) => {
  const [turn, all] = [prepare(context.folder), turns(context, count)]
  const begin = performance.now()
  for (let i = 0; i < all; i++) turn(i)
  return (performance.now() - begin) / all * 1000
}
const inC = (what: string, count: number) => (context: Context) => Number(execFileSync(
  context.compile(new URL('./link.limit.c', import.meta.url)), [what, context.folder, String(turns(context, count))]))
const [megabyte, boxes] = [Buffer.alloc(2 ** 20, 'x'), Array.from({ length: 8 }, (_, i) => `box${i}`)]
const [read, replace, send] = ['read a value', 'replace a value', 'a megabyte to eight, and gone']
const empty = (folder: string, i: number) => {
  for (const box of boxes) fs.unlinkSync(`${folder}/${box}-${i}`)
}

export default {
  question: 'What do a value and a message to eight cost, in links and in files?',
  unit: 'µs',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { group: read, name: 'Register.get', run: each(100_000, folder => {
      const register = new Register(`${folder}/register`)
      register.set(value)
      return () => register.get()
    }) },
    { group: read, name: 'readFileSync', run: each(100_000, folder => {
      fs.writeFileSync(`${folder}/file`, value)
      return () => fs.readFileSync(`${folder}/file`, 'utf8')
    }) },
    { group: read, name: 'C: readlink', run: inC('read', 100_000) },
    { group: replace, name: 'Register.set', run: each(10_000, folder => () => new Register(`${folder}/register`).set(value)) },
    { group: replace, name: 'writeFileSync, renameSync', run: each(10_000, folder => () => {
      fs.writeFileSync(`${folder}/new`, value)
      fs.renameSync(`${folder}/new`, `${folder}/file`)
    }) },
    { group: replace, name: 'C: symlink, rename', run: inC('set', 10_000) },
    { group: send, name: 'deliver, collect', run: each(100, folder => i => {
      deliver(`${folder}/own-${i}`, megabyte, boxes.map(box => `${folder}/${box}-${i}`))
      for (const box of boxes) collect(`${folder}/${box}-${i}`)
      fs.unlinkSync(`${folder}/own-${i}`)
    }) },
    { group: send, name: 'deliver, and unlink unread', run: each(100, folder => i => {
      deliver(`${folder}/own-${i}`, megabyte, boxes.map(box => `${folder}/${box}-${i}`))
      empty(folder, i)
      fs.unlinkSync(`${folder}/own-${i}`)
    }) },
    { group: send, name: 'eight copies, and unlink unread', run: each(100, folder => i => {
      for (const box of boxes) fs.writeFileSync(`${folder}/${box}-${i}`, megabyte)
      empty(folder, i)
    }) },
    { group: send, name: 'C: write, link, unlink', run: inC('deliver', 100) },
  ],
}
