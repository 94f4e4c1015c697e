// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
import * as path from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import * as door from 'filesystem-communication-space/files'
import { JULIA } from './julia-names.ts'

const exported = door as unknown as Record<string, unknown>

/** Whether what the table names is there. */
function isThere(ours: string): boolean {
  const [owner, member] = ours.split('.') as [string, string?]
  if (owner === 'node:path') return member! in path
  if (member === undefined) return owner in exported
  const type = exported[owner] as { prototype: object } | undefined
  return type !== undefined && member in type.prototype
}

test('FILES-5 FILES-6 FILES-7 FILES-8 FILES-10 FILES-11 FILES-12 each name of Julia is here, or Node has it, or there is a reason', () => {
  const missing = Object.entries(JULIA)
    .filter(([, ours]) => !/^none: .{10}/.test(ours) && !isThere(ours))
  assert.equal(missing, [])
  const none = Object.values(JULIA).filter(ours => ours.startsWith('none'))
  assert.ok(none.length < Object.keys(JULIA).length / 8, `${none.length} have no counterpart`)
})

test('FILES-18 what would hold up the event loop is at hand as a promise', () => {
  const julia = Object.values(JULIA).filter(ours => /^[a-z]\w*$/.test(ours))
  const blocking = julia.filter(ours => typeof exported[ours] === 'function')
  const promises = exported['promises'] as Record<string, unknown>
  // These ask no disk, or wait without the thread already, or are steps of a loop that is the caller's.
  const sync = ['mktemp', 'mktempdir', 'sendfile', 'walkdir', 'tempdir', 'tempname', 'homedir',
    'pwd', 'cd', 'mkpidlock', 'trymkpidlock', 'watchFile', 'watchFolder', 'unwatchFolder', 'pollFile', 'pollFd',
    'filemode', 'filesize', 'mtime', 'ctime', 'uperm', 'gperm', 'operm']
  const absent = blocking.filter(ours => !(ours in promises) && !sync.includes(ours))
  assert.equal(absent, [])
})

test.run()
