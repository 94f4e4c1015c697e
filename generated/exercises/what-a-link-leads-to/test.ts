// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  open, O_CREAT, O_EXCL, O_WRONLY, readlink, rename, stat, symlink, type SystemError,
} from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

let folder = ''
test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/what-a-link-leads-to-`)
  symlink('nowhere', `${folder}/link`)
})
function opened(flags: number): string {
  try {
    open(`${folder}/link`, O_WRONLY | flags).close()
    return fs.existsSync(`${folder}/nowhere`) ? 'creates what it leads to' : 'nothing'
  } catch (error) {
    return (error as SystemError).code
  }
}

test('you know what opening it with O_CREAT does', () => {
  assert.is(answers.create, opened(O_CREAT))
})

test('you know what opening it with O_CREAT and O_EXCL does', () => {
  assert.is(answers.createExclusively, opened(O_CREAT | O_EXCL))
})


test('you know how long the link itself is, in bytes, when its text is nowhere', () => {
  assert.is(answers.size, stat(`${folder}/link`, { follow: false }).size)
})

test('you know whether the text is adapted when the link is renamed to another folder', () => {
  fs.mkdirSync(`${folder}/sub`)
  rename(`${folder}/link`, `${folder}/sub/link`)
  assert.is(answers.textIsAdapted, readlink(`${folder}/sub/link`) !== 'nowhere')
})

test.run()
