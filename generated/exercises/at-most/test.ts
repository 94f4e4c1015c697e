// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { promises } from 'filesystem-communication-space/files'
import { readAll, type Open } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/at-most-`)
const paths = Array.from({ length: 40 }, (_, i) => `${folder}/${i}`)
paths.forEach((path, i) => writeFileSync(path, String(i)))
let [isOpen, most, opened] = [0, 0, 0]
const open: Open = async (...args) => {
  const file = await promises.open(...args)
  opened++
  most = Math.max(most, ++isOpen)
  const close = file.close.bind(file)
  file.close = () => { isOpen--; return close() }
  return file
}
test.before.each(() => { [isOpen, most, opened] = [0, 0, 0] })

test('the contents come in the order of the paths', async () => {
  assert.equal((await readAll(paths, 5, open)).map(Number), paths.map((_, i) => i))
})

test('never more than the limit are open at once', async () => {
  await readAll(paths, 5, open)
  assert.ok(most <= 5, `${most} were open`)
})

test('as many as the limit are open at once', async () => {
  await readAll(paths, 5, open)
  assert.is(most, 5)
})

test('an error closes what is open and lets no other file be opened', async () => {
  const broken = [...paths.slice(0, 10), `${folder}/none`, ...paths.slice(10)]
  const error = await readAll(broken, 5, open).catch(error => error)
  assert.is(error.code, 'ENOENT')
  await new Promise(resolve => { setTimeout(resolve, 50) })
  assert.is(isOpen, 0)
  assert.ok(opened < 20, `${opened} were opened`)
})

test.run()
