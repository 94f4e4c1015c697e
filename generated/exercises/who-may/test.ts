// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { predict, setAcl, type Acl } from 'filesystem-communication-space/namespace'
import { answers } from './solution.ts'

const ann = { uid: 1000, gid: 1000, groups: [2000, 2001] }
const folder = fs.mkdtempSync(`${tmpdir()}/who-may-`)
const thing = (mode: number, uid: number, gid: number, acl?: Acl) =>
  ({ type: 'file' as const, mode, uid, gid, ...(acl ? { acl } : {}) })

test('you know whether an owner without bits may read what her group may read', () => {
  assert.is(answers.ownerWithoutBits, predict(thing(0o040, 1000, 2000), ann, 4))
})

test('you know whether two groups that grant one bit each grant both', () => {
  const acl: Acl = { owner: 7, group: 4, groups: { 2001: 2 }, mask: 7, other: 0 }
  assert.is(answers.twoHalves, predict(thing(0o770, 0, 2000, acl), ann, 6))
})

test('you know whether somebody whom the list names, cut by an empty mask, may read what others may read', () => {
  const acl: Acl = { owner: 7, group: 0, users: { 1000: 4 }, mask: 0, other: 4 }
  assert.is(answers.cutByEmptyMask, predict(thing(0o704, 0, 0, acl), ann, 4))
})

test('you know whether a file that you may not write can be removed by you from your own folder', () => {
  fs.writeFileSync(`${folder}/read-only`, '', { mode: 0o400 })
  fs.rmSync(`${folder}/read-only`)
  assert.is(answers.removesReadOnly, !fs.existsSync(`${folder}/read-only`))
})

test('you know the mode of a new file under umask 077 in a folder whose default list gives the group everything', () => {
  setAcl(folder, { owner: 7, group: 7, other: 0 }, { isDefault: true })
  const umask = process.umask(0o077)
  fs.writeFileSync(`${folder}/new`, '')
  process.umask(umask)
  assert.is(answers.modeOfNewFile, fs.statSync(`${folder}/new`).mode & 0o777)
})

test.run()
