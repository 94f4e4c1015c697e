// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mounts, type Mount } from 'filesystem-communication-space/namespace'
import { mountOf } from './solution.ts'

const mount = (id: number, parent: number, target: string): Mount => ({
  id, parent, target, root: '/', type: 'tmpfs', source: 'none', isReadOnly: false, shared: null, master: null,
})
const [root, tmp, inner] = [mount(1, 0, '/'), mount(2, 1, '/tmp'), mount(3, 2, '/tmp/inner')]
const table = [root, tmp, inner]

test('the innermost mount is found, and the root for all else', () => {
  const found = (path: string) => mountOf(table, path).id
  assert.equal(['/', '/etc/passwd', '/tmp', '/tmp/x', '/tmp/inner', '/tmp/inner/y/z'].map(found), [1, 1, 2, 2, 3, 3])
  assert.is(mountOf(mounts(), '/proc/self').target, '/proc')
})

test('a name that only begins like a target does not lie on it', () => {
  assert.equal(['/tmpfile', '/tmp/innermost'].map(path => mountOf(table, path).id), [1, 2])
})

test('of two mounts at one target the later one is found', () => {
  const over = mount(4, 3, '/tmp/inner')
  assert.is(mountOf([...table, over], '/tmp/inner/x').id, 4)
  const overRoot = mount(5, 1, '/')
  assert.is(mountOf([root, overRoot], '/etc').id, 5)
})

test('what lies under a mount that came later above it is not found', () => {
  const overTmp = mount(4, 2, '/tmp')
  assert.is(mountOf([...table, overTmp], '/tmp/inner/x').id, 4)
  assert.is(mountOf([...table, overTmp, mount(5, 4, '/tmp/inner')], '/tmp/inner/x').id, 5)
})

test.run()
