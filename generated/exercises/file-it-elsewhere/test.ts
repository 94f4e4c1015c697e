// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { Maildir } from 'filesystem-communication-space/patterns'
import { fileUnder } from './solution.ts'

const box = new Maildir(`${mkdtempSync(`${tmpdir()}/file-it-elsewhere-`)}/box`)
const work = new Maildir(`${box.folder}/.work`)

test('the letter is in the other maildir, with its key and flags', () => {
  const key = box.deliver('x')
  box.mark(key, 'FS')
  assert.is(fileUnder(box, key, 'work'), true)
  assert.equal([box.letters().length, work.find(key)?.flags], [0, 'FS'])
  assert.is(fileUnder(box, key, 'work'), false)
})

test('a letter that was new there is new no more', () => {
  const key = box.deliver('y')
  fileUnder(box, key, 'work')
  assert.is(work.find(key)?.isNew, false)
})

test('a mark that comes between is not lost', () => {
  const key = box.deliver('z')
  let isFirst = true
  const stop = tap((syscall, _args, proceed) => {
    if (/rename|unlink/.test(syscall) && isFirst) {
      isFirst = false
      box.mark(key, 'R')
    }
    return proceed()
  })
  fileUnder(box, key, 'work')
  stop()
  assert.equal([box.find(key), work.find(key)?.flags], [undefined, 'R'])
})

test.run()
