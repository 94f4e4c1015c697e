// Told in chapters/00-foundations/02-file.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from 'filesystem-communication-space/foundations'
import { lines } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/lines-`)}/log`
function linesOf(text: string, pieceBytes?: number): string[] {
  writeFileSync(path, text)
  const file = open(path)
  try {
    return [...lines(file, pieceBytes)]
  } finally {
    file.close()
  }
}

test('a line that is longer than a piece comes in one', () => {
  assert.equal(linesOf('a long first line\nand\n\nanother\n', 4),
    ['a long first line', 'and', '', 'another'])
})

test('a letter that two pieces share is whole', () => {
  const text = ['größer', '字', '🎈🎈', 'é'].join('\n')
  for (const bytes of [1, 2, 3, 5, 7]) {
    assert.is(linesOf(`${text}\n`, bytes).join('\n'), text, `${bytes} bytes a piece`)
  }
})

test('the last line needs no newline, and an empty file has no line', () => {
  assert.equal(linesOf('one\ntwo'), ['one', 'two'])
  assert.equal(linesOf('one\n'), ['one'])
  assert.equal(linesOf(''), [])
})

test.run()
