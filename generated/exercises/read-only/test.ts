// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { SystemError } from 'filesystem-communication-space/foundations'
import { platform, type Platform } from 'filesystem-communication-space/platforms'
import { readOnly } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/read-only-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const file = `${folder}/file`
fs.writeFileSync(file, 'kept')
const still = readOnly(platform)

test('questions and reads are answered', () => {
  const opened = still.open(file)
  const buffer = Buffer.alloc(4)
  assert.equal([opened.read(buffer), buffer.toString(), still.stat(file).size], [4, 'kept', 4])
  assert.equal([...still.list(folder)].map(({ name }) => name), ['file'])
  opened.close()
})

const changes: Record<string, (platform: Platform) => unknown> = {
  chmod: p => p.chmod(file, 0), chown: p => p.chown(file, 1, 1), unlink: p => p.unlink(file),
  setTimes: p => p.setTimes(file, { mtimeNs: 0n }), mkdir: p => p.mkdir(`${folder}/new`),
  rename: p => p.rename(file, `${file}2`), link: p => p.link(file, `${file}2`),
  symlink: p => p.symlink('x', `${file}2`), rmdir: p => p.rmdir(folder),
  replace: p => p.replace(file, 'new'),
}

test('every change by a name is EROFS and changes nothing', () => {
  const before = fs.statSync(file, { bigint: true })
  for (const [name, change] of Object.entries(changes)) {
    assert.throws(() => change(still), /^EROFS: read-only file system/, name)
  }
  const { mode, uid, mtimeNs, ctimeNs } = fs.statSync(file, { bigint: true })
  assert.equal([mode, uid, mtimeNs, ctimeNs], [before.mode, before.uid, before.mtimeNs, before.ctimeNs])
  assert.equal(fs.readdirSync(folder), ['file'])
})

test('a file that would be written or created is not opened', () => {
  for (const options of [{ write: true }, { append: true }, { read: true, create: true },
    { truncate: true }, { exclusive: true }]) {
    assert.throws(() => still.open(file, options), /^EROFS/, JSON.stringify(options))
    assert.throws(() => still.open(`${file}2`, options), /^EROFS/, JSON.stringify(options))
  }
  assert.equal([fs.readFileSync(file, 'utf8'), fs.readdirSync(folder)], ['kept', ['file']])
})

test('the error is a SystemError with syscall and path', () => {
  try {
    still.unlink(file)
    assert.unreachable()
  } catch (error) {
    assert.instance(error, SystemError)
    assert.equal([(error as SystemError).syscall, (error as SystemError).path], ['unlink', file])
  }
})

test.run()
