// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { renameIfThere } from '../foundations/name.ts'
import { Inotify, IN_CLOSE_WRITE } from '../primitives/inotify.ts'
import { killable, killAll } from './spool-killed.stage.ts'
import { stage } from './lock-file.stage.ts'
import { BELL, enrol, returnDead } from './work-claiming.ts'

const { folder, start, clear } = stage('patterns/work-claiming', 'foundations/name')
test.after(clear)
const [members, table] = [`${folder}/members`, `${folder}/table`]
const back = () => returnDead(members, (path, name) => {
  assert.ok(renameIfThere(path, `${table}/${name}`), `${name} came back once`)
})
const onTable = () => fs.readdirSync(table).sort().join(' ')
test.before.each(() => {
  for (const path of [members, table]) {
    fs.rmSync(path, { recursive: true, force: true })
    fs.mkdirSync(path)
  }
  for (const parcel of ['a', 'b', 'c']) fs.writeFileSync(`${table}/${parcel}`, parcel)
})
const bob = () => start(`
  const member = m.enrol('${members}')
  for (const parcel of ['a', 'b']) m.renameIfThere('${table}/' + parcel, member.folder + '/' + parcel)
  say('ready')
  await hear()
  member.leave((path, name) => { m.renameIfThere(path, '${table}/' + name) })
  say(String(fs.existsSync(member.folder)))`)

test('BOOK-4 what a member has stays with it as long as it lives, and comes back when it is killed', async () => {
  const actor = bob()
  await actor.hear()
  assert.equal([back(), onTable()], [0, 'c'])
  actor.child.kill('SIGSTOP')
  assert.equal([back(), onTable()], [0, 'c'], 'stopped is not dead')
  await actor.kill()
  assert.equal([back(), onTable(), back()], [1, 'a b c', 0])
  assert.equal(fs.readdirSync(members), [BELL])
})

test('who leaves gives back by itself', async () => {
  const actor = bob()
  await actor.hear()
  actor.tell('leave')
  assert.is(await actor.hear(), 'false')
  await actor.ended
  assert.equal([back(), onTable()], [0, 'a b c'])
})

test('the bell rings when the lock is free, and not before', async () => {
  for (let i = 0; i < 3; i++) {
    const actor = bob()
    await actor.hear()
    const inotify = new Inotify()
    inotify.add(`${members}/${BELL}`, IN_CLOSE_WRITE)
    void actor.kill()
    for (let died = 0; died === 0; died = back()) {
      await inotify.wait({ timeoutMs: 10_000 })   // a bell before the lock is free is followed by another
      inotify.take()
    }
    inotify.close()
    assert.is(onTable(), 'a b c')
  }
})

test('one thing is claimed by one of many', async () => {
  const actors = Array.from({ length: 4 }, () => start(`
    const member = m.enrol('${members}')
    say('ready')
    await hear()
    let count = 0
    for (let i = 0; i < 200; i++) if (m.renameIfThere('${table}/p' + i, member.folder + '/p' + i)) count++
    say(String(count))`))
  for (let i = 0; i < 200; i++) fs.writeFileSync(`${table}/p${i}`, '')
  for (const actor of actors) await actor.hear()
  for (const actor of actors) actor.tell('go')
  const counts = await Promise.all(actors.map(async actor => Number(await actor.hear())))
  assert.is(counts.reduce((sum, count) => sum + count), 200)
  await Promise.all(actors.map(({ ended }) => ended))
  assert.equal([back(), fs.readdirSync(table).length], [4, 203])
})

test('a death at any call of enrolling, leaving or inheriting loses nothing and leaves nothing', () => {
  const act = () => {
    const member = enrol(members)
    for (const parcel of ['a', 'b']) renameIfThere(`${table}/${parcel}`, `${member.folder}/${parcel}`)
    return member
  }
  const leave = () => act().leave((path, name) => { renameIfThere(path, `${table}/${name}`) })
  for (let step = 0, isOver = false; !isOver; step++) {
    const one = killable(leave, step)
    killAll(one.descriptors)
    const two = killable(back, step)
    killAll(two.descriptors)
    isOver = !one.died && !two.died
    back()
    const left = fs.readdirSync(members).filter(name => name !== BELL)
    assert.equal([onTable(), left], ['a b c', []])
  }
})

test.run()
