// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { discard } from './solution.ts'

let [folder, bin, notes] = ['', '', '']
test.before.each(() => {
  folder = mkdtempSync(`${tmpdir()}/into-the-bin-`)
  ;[bin, notes] = [`${folder}/bin`, `${folder}/notes`]
  mkdirSync(bin)
})

test('three files of one name are all in the bin', () => {
  for (const text of ['a', 'b', 'c']) {
    writeFileSync(notes, text)
    assert.is(readFileSync(discard(notes, bin), 'utf8'), text)
  }
  assert.equal(readdirSync(bin).sort(), ['notes', 'notes~1', 'notes~2'])
})

test('a folder goes into the bin like a file', () => {
  for (let i = 0; i < 2; i++) {
    mkdirSync(`${notes}/inside`, { recursive: true })
    assert.ok(existsSync(`${discard(notes, bin)}/inside`))
  }
  assert.equal(readdirSync(bin).sort(), ['notes', 'notes~1'])
})

test('a name that is taken at the last moment is not taken away', () => {
  writeFileSync(notes, 'ours')
  const stop = tap((syscall, _args, proceed) => {
    if (syscall.startsWith('rename') && !existsSync(`${bin}/notes`)) writeFileSync(`${bin}/notes`, 'theirs')
    return proceed()
  })
  discard(notes, bin)
  stop()
  assert.equal(readdirSync(bin).map(name => readFileSync(`${bin}/${name}`, 'utf8')).sort(), ['ours', 'theirs'])
})

test.run()
