// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { untilQuiet } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/wait-for-quiet-`)
let [names, took]: [string[], number] = [[], 0]
test.before(async () => {
  for (let page = 1; page <= 4; page++) {
    setTimeout(() => writeFileSync(`${folder}/page${page}`, 'text'), page * 60)
  }
  const begin = performance.now()
  names = await untilQuiet(folder, 200)
  took = performance.now() - begin
})

test('it gives all names, once each', () => {
  assert.equal(names, ['page1', 'page2', 'page3', 'page4'])
})

test('it ends when it has been quiet, and not before', () => {
  assert.ok(took >= 430 && took < 2000, `it took ${took} ms`)
})

test.run()
