// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { clean, give } from './solution.ts'

let [folder, store] = ['', '']
test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/one-store-`)
  store = `${folder}/store`
  fs.mkdirSync(store)
  for (const [i, text] of ['same', 'same', 'other'].entries()) give(store, Buffer.from(text), `${folder}/${i}`)
})
const inode = (name: string) => fs.statSync(`${folder}/${name}`).ino

test('equal content is one file in the store and in all projects', () => {
  assert.equal([inode('0') === inode('1'), inode('0') === inode('2')], [true, false])
  assert.is(fs.readdirSync(store).length, 2)
  assert.is(fs.statSync(`${folder}/0`).nlink, 3)
})

test('what a project holds stays when the store is cleaned', () => {
  fs.unlinkSync(`${folder}/0`)
  assert.equal(clean(store), [])
  assert.is(fs.readFileSync(`${folder}/1`, 'utf8'), 'same')
  assert.is(fs.readdirSync(store).length, 2)
})

test('what nobody holds is removed, and the names of the removed are told', () => {
  const name = fs.readdirSync(store).find(each => fs.statSync(`${store}/${each}`).ino === inode('2'))
  fs.unlinkSync(`${folder}/2`)
  assert.equal(clean(store), [name])
  assert.is(fs.readdirSync(store).length, 1)
})

test.run()
