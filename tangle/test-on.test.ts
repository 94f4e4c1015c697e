import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chosen, filesystems } from './test-on.ts'

const box = mkdtempSync(join(tmpdir(), 'test-on-'))
test.after(() => rmSync(box, { recursive: true }))
symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(box, 'node_modules'))

const loom = fileURLToPath(new URL('./bin/loom', import.meta.url))
const run = (...args: string[]) => spawnSync(loom, args, { cwd: box, encoding: 'utf8', env: { ...process.env, TMPDIR: box } })

mkdirSync(join(box, 'chapters'))
writeFileSync(join(box, 'package.json'), '{ "type": "module", "loom": {} }')
writeFileSync(join(box, 'where.test.ts'), `
  import { test } from 'uvu'
  import { statfsSync } from 'node:fs'
  import { tmpdir } from 'node:os'
  test('is on btrfs', () => {
    if (statfsSync(tmpdir()).type !== 0x9123683e) throw new Error('elsewhere')
  })
  test.run()`)

const only = process.getuid?.() === 0 ? test : test.skip
only('BOOK-R4 the tests run on the filesystem that was asked for, each one counts, and nothing stays mounted', () => {
  const { stdout, status } = run('test', '--on', 'btrfs,tmpfs', 'where.test.ts')
  assert.match(stdout, /on btrfs +1 passed +0 failed\non tmpfs +0 passed +1 failed\n1 passed, 1 failed\n$/)
  assert.is(status, 1)
  assert.equal(readdirSync(box).filter((name) => name.startsWith('on-')), [])
})

test('a filesystem that is none is refused with the names of those there are', () => {
  assert.equal(chosen('all'), filesystems)
  assert.throws(() => chosen('ext4,zfs'), /no filesystem 'zfs'; there are ext4, xfs/)
})

test.run()
