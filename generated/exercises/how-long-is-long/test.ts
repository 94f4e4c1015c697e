// Told in chapters/09-cross-platform/02-linux.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { platform } from 'filesystem-communication-space/platforms'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/how-long-`)
test.after(() => { execFileSync('rm', ['-rf', folder]) })
const works = (action: () => unknown) => {
  try {
    action()
    return true
  } catch {
    return false
  }
}
const touch = (path: string) => platform.open(path, { write: true, create: true }).close()
/** The greatest length that works. */
const most = (action: (length: number) => unknown) => {
  let [good, bad] = [1, 10_000]
  while (bad - good > 1) {
    const middle = good + bad >> 1
    if (works(() => action(middle))) good = middle
    else bad = middle
  }
  return good
}

test('you know how many bytes one name may have', () => {
  assert.is(answers.bytesInOneName, most(length => touch(`${folder}/${'n'.repeat(length)}`)))
})

test('you know whether those are bytes or letters', () => {
  assert.is(answers.twoHundredUmlautsAreAName, works(() => touch(`${folder}/${'ä'.repeat(200)}`)))
})

test('you know whether a path of ten thousand bytes can be opened by the platform', () => {
  let path = folder
  while (path.length < 10_000) platform.mkdir(path += `/${'d'.repeat(250)}`)
  assert.is(answers.tenThousandBytesCanBeOpened, works(() => touch(`${path}/file`)))
})

test('you know how long the text of a symbolic link may be', () => {
  const longest = most(length => {
    const path = `${folder}/link-${length}`
    platform.symlink('t'.repeat(length), path)
  })
  assert.is(answers.bytesInTheTextOfALink, longest)
})

test.run()
