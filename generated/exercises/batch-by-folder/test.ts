// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Change } from 'filesystem-communication-space/files'
import { foldersOf } from './solution.ts'

const changed = (path: string): Change => ({ kind: 'changed', path, isFolder: false })

test('each folder is named once', () => {
  assert.equal(foldersOf([changed('/a/x'), changed('/b/x'), changed('/a/y')]), ['/a', '/b'])
})

test('a rename names the folder it left and the one it came to', () => {
  const renamed: Change = { kind: 'renamed', from: '/a/x', to: '/b/x', isFolder: false }
  assert.equal(foldersOf([renamed, changed('/b/x')]), ['/a', '/b'])
})

test.run()
