// Told in chapters/10-files/05-temporary-name.md. Edit it there, or edit here and stitch.
import { existsSync, statSync } from 'node:fs'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { mktemp, mktempdir, pendingTemporaries, tempname, type TemporaryOptions } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const mode = (path: unknown) => (statSync(path as string).mode & 0o777).toString(8)

test('you know the modes of a temporary file and folder', () => {
  assert.equal([answers.file, answers.folder], [mktemp(path => mode(path)), mktempdir(path => mode(path))])
})

test('you know what is pending after a callback, a call, and a call without cleanup', () => {
  const counts = [() => mktempdir(() => 1), () => mktempdir(), () => tempname({ cleanup: false } as TemporaryOptions)]
    .map(call => { call(); return pendingTemporaries().length })
  assert.equal(answers.pending, counts)
})

test('you know whether tempname has made something', () => {
  assert.is(answers.isMade, existsSync(tempname() as string))
})

test.run()
