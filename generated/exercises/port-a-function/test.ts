// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytes } from './solution.ts'

const top = mkdtempSync(`${tmpdir()}/port-a-function-`)
mkdirSync(`${top}/a/b`, { recursive: true })
mkdirSync(`${top}/empty`)
writeFileSync(`${top}/one`, 'x')
writeFileSync(`${top}/a/three`, 'xxx')
writeFileSync(`${top}/a/b/five`, 'xxxxx')

test('the files of all folders below are counted', () => {
  assert.is(bytes(top), 9)
})

test('a symbolic link counts nothing, wherever it points', () => {
  symlinkSync('three', `${top}/a/link`)
  symlinkSync('nowhere', `${top}/a/dangling`)
  symlinkSync('b', `${top}/a/again`)
  assert.is(bytes(top), 9)
})

test('an empty folder has no bytes', () => {
  assert.is(bytes(`${top}/empty`), 0)
})

test.run()
