// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { post } from 'filesystem-communication-space/primitives'
import { toNote, toText } from './solution.ts'

const texts = ['', '.', '..', '...', '/', 'a/b', 'a_b', '%', '%2F', '%2f', 'a\0b', '_', 'grün', '🎈', ' ', '%00', '~', '.x', '%2E']

test('every text comes back as it was', () => {
  assert.equal(texts.map(text => toText(toNote(text))), texts)
})

test('plain words are notes as they are', () => {
  for (const text of ['job-17', 'red.ann', 'x']) assert.is(toNote(text), text)
})

test('different texts are different notes', () => {
  assert.is(new Set(texts.map(toNote)).size, texts.length)
})

test('every note is a name that post takes', () => {
  const folder = mkdtempSync(`${tmpdir()}/any-text-`)
  for (const text of texts) assert.ok(post(folder, toNote(text)), JSON.stringify(text))
})

test.run()
