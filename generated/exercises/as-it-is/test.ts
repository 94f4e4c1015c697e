// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
import { win32 } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { answers } from './solution.ts'

test('you know what resolving makes of a slash', () => {
  assert.is(answers.slashes, win32.resolve('C:/a/./b/'))
})

test('you know whether a path that has the prefix gets another', () => {
  assert.is(answers.twice, win32.toNamespacedPath(win32.toNamespacedPath('C:\\a')))
})

test("you know whether a share's path gets one backslash more", () => {
  assert.is(answers.share, win32.toNamespacedPath('\\\\srv\\docs\\x'))
})

test.run()
