// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { atomicWrite, withFileLockSync } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/count-the-lost-`)}/counter`
const read = () => Number(readFileSync(path, 'utf8'))
const write = (value: number) => atomicWrite(path, String(value), { durability: 'os' })
test.before.each(() => writeFileSync(path, '0'))

test('you know what is left when both read before either writes', () => {
  const seen = [read(), read()]
  for (const value of seen) write(value + 1)
  assert.is(answers.bothReadFirst, read())
})

test('you know what is left when the second reads after the first has written', () => {
  for (let i = 0; i < 2; i++) write(read() + 1)
  assert.is(answers.oneAfterTheOther, read())
})

test('you know what is left when only the writes are locked', () => {
  const seen = [read(), read()]
  for (const value of seen) withFileLockSync(`${path}.lock`, () => write(value + 1))
  assert.is(answers.onlyWritesLocked, read())
})

test.run()
