// Told in chapters/03-patterns-and-idioms/04-streaming-write.md. Edit it there, or edit here and stitch.
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { download } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/resume-download-`)}/film`
const film = Buffer.from('0123456789')
const asked: number[] = []

/** A line that is cut after `pieces` pieces of two bytes. */
const source = (pieces: number) => ({ size: film.length, *read(from: number) {
  asked.push(from)
  for (let at = from; at < film.length; at += 2) {
    if (pieces-- === 0) throw new Error('the line was cut')
    yield film.subarray(at, at + 2)
  }
} })

test('a download that was cut off asks only for the rest', () => {
  assert.is(download(path, source(2)), false)
  assert.is(download(path, source(1)), false)
  assert.is(download(path, source(9)), true)
  assert.equal(asked, [0, 4, 6])
})

test('the finished file is whole, and no part is left', () => {
  assert.equal(readFileSync(path), film)
  assert.not(existsSync(`${path}.part`))
})

test('a part that is longer than the source is begun anew', () => {
  writeFileSync(`${path}.part`, 'of another film, and longer')
  assert.is(download(path, source(9)), true)
  assert.equal(readFileSync(path), film)
})

test.run()
