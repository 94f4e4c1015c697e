// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promises } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/in-what-order-`)}/file`
writeFileSync(path, 'abcdef')
const file = await promises.open(path)
const stop = new AbortController()
const asked = [file.read(2), file.read(2, 3), file.read(2),
  file.read(2, undefined, { signal: stop.signal }), file.read(2)]
stop.abort()
const texts = (await Promise.allSettled(asked)).map(each =>
  each.status === 'fulfilled' ? String(each.value) : 'aborted')
await file.close()

test('you know what two reads without an offset give', () => {
  assert.equal([answers.first, answers.second], [texts[0], texts[2]])
})

test('you know what a read with an offset gives between them', () => {
  assert.is(answers.withOffset3, texts[1])
})

test('you know what the next read gives when one before it was aborted', () => {
  assert.equal([texts[3], answers.afterTheAborted], ['aborted', texts[4]])
})

test.run()
