// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as files from 'filesystem-communication-space/files'
import { words } from './solution.ts'

test('all five are names of the door, and the right ones', () => {
  const missing = Object.values(words).filter(ours => !(ours in files))
  assert.equal(missing, [])
  const [folder, block, watch, path, descriptor] = Object.values(words)
  assert.match(folder!, /^mktempdir$/)
  assert.match(block!, /^isBlock/)
  assert.match(watch!, /^watchFolder$/)
  assert.match(path!, /^isPath$/)
  assert.match(descriptor!, /^Fd/)
})

test.run()
