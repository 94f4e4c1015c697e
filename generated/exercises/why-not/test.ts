// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Acl, Guarded } from 'filesystem-communication-space/namespace'
import { ruleFor } from './solution.ts'

const ann = { uid: 1000, gid: 1000, groups: [2000] }
const thing = (uid: number, gid: number, mode: number, acl?: Acl): Guarded =>
  ({ type: 'file', uid, gid, mode, ...(acl ? { acl } : {}) })
const list = { owner: 7, group: 4, other: 4, mask: 7 }

test('root, the owner, the group and the others are told from the mode', () => {
  assert.is(ruleFor(thing(1000, 0, 0o600), { uid: 0, gid: 0 }), 'root')
  assert.is(ruleFor(thing(1000, 2000, 0o060), ann), 'owner')
  assert.is(ruleFor(thing(0, 2000, 0o640), ann), 'groups')
  assert.is(ruleFor(thing(0, 1000, 0o604), ann), 'groups')
  assert.is(ruleFor(thing(0, 3000, 0o664), ann), 'others')
})

test('an entry for the user is named before any group', () => {
  const acl = { ...list, users: { 1000: 0 }, groups: { 2000: 7 } }
  assert.is(ruleFor(thing(0, 2000, 0o674, acl), ann), 'own entry')
  assert.is(ruleFor(thing(1000, 2000, 0o674, acl), ann), 'owner')
})

test('groups are named together, also when the mask has cut what they grant', () => {
  assert.is(ruleFor(thing(0, 3000, 0o614, { ...list, groups: { 2000: 6 }, mask: 1 }), ann), 'groups')
  assert.is(ruleFor(thing(0, 2000, 0o674, { ...list, users: { 1001: 7 } }), ann), 'groups')
  assert.is(ruleFor(thing(0, 3000, 0o674, { ...list, groups: { 3001: 6 } }), ann), 'others')
})

test('a list is not looked at while the mode has no bit for the group', () => {
  const acl = { ...list, users: { 1000: 7 }, groups: { 2000: 7 }, mask: 0 }
  assert.is(ruleFor(thing(0, 3000, 0o604, acl), ann), 'others')
  assert.is(ruleFor(thing(0, 2000, 0o604, acl), ann), 'groups')
})

test.run()
