// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import * as assert from 'uvu/assert'
import { leadsTo, open, stat, statIfThere, O_CREAT, O_RDWR, O_WRONLY } from '../foundations/file.ts'
import { list, mkdir, rename, unlink } from '../foundations/name.ts'
import { waitForLock } from '../primitives/file-lock.ts'
import type { Here, Scene } from './interleaving.ts'

type Actor = (here: Here) => unknown
const scene = (ann: Actor, bob: Actor, check: Scene['check'] = () => {}): Scene => ({ actors: { ann, bob }, check })

const speak: Actor = ({ note }) => { for (const text of ['one', 'two', 'three']) note(text) }
export const speakers = scene(speak, speak)
const build: Actor = ({ folder }) => { for (const name of ['a', 'b', 'c']) mkdir(`${folder}/${name}`) }
const meet: Actor = ({ folder, note }) => {
  if (statIfThere(`${folder}/a`) !== null) return 'late'
  open(`${folder}/a`, O_WRONLY | O_CREAT).close()
  note('in')
  return 'early'
}
export const meeting = scene(meet, meet)
export const builder: Scene = { actors: { ann: build }, check: () => {} }

const own: Actor = ({ folder, note }) => {
  const file = open(`${folder}/file`, O_RDWR | O_CREAT)
  waitForLock(file)
  note('in')
  note('out')
  file.close()
}
export const patient = scene(own, own, ({ notes }) => {
  const said = notes.filter(({ text }) => text !== 'dies').map(({ who }) => who)
  assert.ok(!/ann,bob,ann|bob,ann,bob/.test(said.join()), 'two are inside')
})

/** Makes a folder under the lock, and gives it its name in the end. */
const guarded: Actor = ({ folder }) => {
  const file = open(`${folder}/lock`, O_RDWR | O_CREAT)
  if (!file.tryLock() || !leadsTo(`${folder}/lock`, file)) return file.close()
  mkdir(`${folder}/half`)
  rename(`${folder}/half`, `${folder}/whole`)
  file.close()
}

const counts: Actor = ({ folder, note }) => {
  const file = open(`${folder}/lock`, O_RDWR | O_CREAT)
  if (file.tryLock()) note(`saw ${[...list(folder)].map(({ name }) => String(name)).sort().join(' ')}`)
  file.close()
}
export const guards = scene(guarded, counts)
/** Trusts that nobody dies with the lock. */
export const trusting = scene(guarded, counts, ({ notes }) => {
  assert.not(notes.some(({ text }) => text.includes('half')), 'half done')
})

/** Which one it is, and how many there are. */
const counted: Actor = ({ folder, arrived, note }) => note(`is ${arrived} of ${[...list(folder)].length}`)
export const arrivals: Scene = { ...scene(counted, counted), arrive: folder => {
  const number = [...list(folder)].length + 1
  mkdir(`${folder}/${number}`)
  return number
} }

const glance: Actor = ({ folder }) => { for (const name of ['a', 'b', 'c']) statIfThere(`${folder}/${name}`) }
export const glances: Scene = { actors: { ann: glance, bob: glance, carol: glance }, check: () => {} }

/** What ann sees depends on bob, and in the end it is all one. */
export const forgetful = scene(glance, build)

/** A new folder with another word in it for each run. */
const sayIt: Actor = ({ folder, note }) => note(String(list(folder).next().value!.name))
export const sealed: Scene = { ...scene(sayIt, sayIt), prepare: folder => mkdir(`${folder}/${randomBytes(8).toString('hex')}`) }
const lists: Actor = ({ folder, note }) => note([...list(folder)].map(({ name }) => String(name)).sort().join())
export const listers: Scene = { actors: { ann: build, bob: lists, carol: lists }, check: () => {} }
/** Whether a number that somebody knows is given to another file. */
const twice: Actor = ({ folder, note }) => {
  const numbers = ['a', 'b'].map(() => {
    open(`${folder}/a`, O_WRONLY | O_CREAT).close()
    const { ino } = stat(`${folder}/a`)
    unlink(`${folder}/a`)
    return ino
  })
  note(numbers[0] === numbers[1] ? 'the same' : 'another')
}
export const numbered: Scene = { actors: { ann: twice }, check: () => {} }
let visits = 0
export const counting: Scene = {
  actors: { ann({ folder }) { mkdir(`${folder}/${visits}`); return visits++ } }, check: () => {},
}
export const unprepared: Scene = { ...scene(speak, speak), prepare() { throw new Error('no flour') } }
export const busy = scene(({ note }) => { note('begins'); for (;;); }, speak)

const comeAndGo: Actor = here => { for (let i = 0; i < 2; i++) own(here) }
export const rooms = scene(comeAndGo, own)

const both = (...names: string[]): Actor => ({ folder }) => {
  for (const name of names) waitForLock(open(`${folder}/${name}`, O_WRONLY | O_CREAT))
}
const watch: Actor = ({ folder }) => { while (statIfThere(`${folder}/never`) === null); }
export const endless = scene(watch, watch)
export const crossed = scene(both('a', 'b'), both('b', 'a'))
export const inOrder = scene(both('a', 'b'), both('a', 'b'))

const add: Actor = ({ folder }) => {
  const file = open(`${folder}/count`, O_RDWR | O_CREAT)
  const number = Number(file.readAll().toString()) + 1
  file.writeAll(Buffer.from(String(number)), 0)
  return number
}
export const adders = scene(add, add, ({ ends }) => {
  const [ann, bob] = [ends['ann']!, ends['bob']!]
  if (ann.how === 'returned') assert.is.not(ann.value, bob.value, 'one number for two')
})
