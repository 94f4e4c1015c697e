import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { commitOf, differences, filesystemOf, settingHere, settingKey } from './setting.ts'

test('LIT-10 the setting names the processor, kernel, filesystem and Node of this machine', () => {
  const here = settingHere('.', { left: '1' })
  assert.is(here.node, process.versions.node)
  assert.ok(here.cpus > 0 && here.memoryGiB > 0 && here.kernel.startsWith('Linux '))
  assert.is.not(here.filesystem.type, 'unknown')
})

test('LIT-10 the filesystem is that of the innermost and latest mount, and its options name no paths', () => {
  const mounts = [
    '27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard',
    '28 27 0:25 / /tm rw - tmpfs none rw,size=4k',
    '29 27 0:26 / /tmp rw,noatime - overlay none rw,lowerdir=/a/b,index=off',
  ].join('\n')
  assert.equal(filesystemOf('/tmp', mounts), { type: 'overlay', options: 'rw,noatime,index=off' })
  assert.equal(filesystemOf('/', mounts), { type: 'ext4', options: 'rw,relatime,discard' })
  assert.is(filesystemOf('/tmp', `${mounts}\n30 29 0:9 / /tmp rw - xfs x rw`).type, 'xfs')
})

test('LIT-10 another kernel, Node, mount option or peer is another setting, and the difference is told', () => {
  const here = settingHere('.', { 'better-sqlite3': '12.11.1' })
  assert.equal(differences(here, structuredClone(here)), [])
  for (const change of [
    { kernel: 'Linux 1.0' }, { node: '99.0.0' }, { machine: 'twin' }, { versions: {} },
    { filesystem: { type: 'ext4', options: 'ro' } },
  ]) {
    const other = { ...here, ...change }
    assert.is.not(settingKey(other), settingKey(here))
    assert.is(differences(here, other).length, 1)
  }
  assert.match(differences(here, { ...here, kernel: 'Linux 1.0' })[0]!, 'and is Linux 1.0')
})

test('LIT-10 the commit is that of the work tree; outside of one there is none', () => {
  assert.match(commitOf('.', ['experiments/setting.ts']).commit, /^[0-9a-f]{12}$/)
  assert.equal(commitOf('/', ['.']), { commit: 'none', dirty: true })
})

test.run()
