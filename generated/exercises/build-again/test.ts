// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import { mkdtempSync, renameSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { builder } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/build-again-`)
const path = `${folder}/source`
let compiled = 0
test.before.each(() => { writeFileSync(path, 'aaaa'); compiled = 0 })
const begin = () => builder([path], () => { compiled++ })

test('it builds when a source has another content, also in the same tick', () => {
  const build = begin()
  build()
  writeFileSync(path, 'bbbb')
  utimesSync(path, 1, 1)
  assert.equal([build(), compiled], [true, 2])
})

test('it does not build when nothing changed, nor after touch', () => {
  const build = begin()
  assert.equal([build(), build()], [true, false])
  utimesSync(path, new Date(), new Date(Date.now() + 5000))
  assert.equal([build(), compiled], [false, 1])
})

test('it builds again when a source was replaced by an older file', () => {
  const build = begin()
  build()
  writeFileSync(`${path}.old`, 'cccc')
  utimesSync(`${path}.old`, 1, 1)
  renameSync(`${path}.old`, path)
  assert.equal([build(), compiled], [true, 2])
})

test.run()
