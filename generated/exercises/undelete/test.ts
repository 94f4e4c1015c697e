// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  open, tap, unlink, O_CREAT, O_RDWR, O_TMPFILE,
} from 'filesystem-communication-space/foundations'
import { undelete } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/undelete-`)
const long = 'one line of the log\n'.repeat(10_000)

function removed(text: string) {
  const file = open(`${folder}/log`, O_RDWR | O_CREAT)
  file.writeAll(Buffer.from(text))
  unlink(`${folder}/log`)
  return file
}

test('a file that never had a name is linked, and it is the same file', () => {
  const file = open(folder, O_RDWR | O_TMPFILE)
  file.writeAll(Buffer.from('never seen'))
  assert.is(undelete(file, `${folder}/named`), 'linked')
  assert.is(fs.statSync(`${folder}/named`, { bigint: true }).ino, file.stat().ino)
})

test('a file that has lost its last name is copied, every byte of it', () => {
  assert.is(undelete(removed(long), `${folder}/saved`), 'copied')
  assert.is(fs.readFileSync(`${folder}/saved`, 'utf8'), long)
})

test('a copy does not move the place at which the open file reads on', () => {
  const file = removed('first second')
  file.read(Buffer.alloc(6), 0)
  const before = open(`/proc/self/fdinfo/${file.fd}`).readAll().toString()
  undelete(file, `${folder}/kept`)
  assert.is(open(`/proc/self/fdinfo/${file.fd}`).readAll().toString(), before)
})

test('a name that is taken is refused with EEXIST, and what stands there stays', () => {
  fs.writeFileSync(`${folder}/taken`, 'mine')
  assert.throws(() => undelete(removed('yours'), `${folder}/taken`), /^EEXIST/)
  assert.throws(() => undelete(open(folder, O_RDWR | O_TMPFILE), `${folder}/taken`), /^EEXIST/)
  const stop = tap((syscall, _args, proceed) => {
    const answer = proceed()
    if (syscall === 'linkat') fs.writeFileSync(`${folder}/late`, 'mine')   // just then
    return answer
  })
  assert.throws(() => undelete(removed('yours'), `${folder}/late`), /^EEXIST/)
  stop()
  for (const name of ['taken', 'late']) {
    assert.is(fs.readFileSync(`${folder}/${name}`, 'utf8'), 'mine')
  }
})

test.run()
