// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { link, open, rename, stat, unlink } from 'filesystem-communication-space/foundations'
import { answers } from './solution.ts'

let folder = ''
const put = (name: string) => fs.writeFileSync(`${folder}/${name}`, name)
test.before.each(() => { folder = fs.mkdtempSync(`${tmpdir()}/two-names-`) })

test('you know how many names are left when one name of a file is renamed to its other', () => {
  put('a')
  link(`${folder}/a`, `${folder}/b`)
  rename(`${folder}/a`, `${folder}/b`)
  assert.is(answers.namesLeft, fs.readdirSync(folder).length)
})

test('you know how many names an open file has whose only name was unlinked', () => {
  put('a')
  const file = open(`${folder}/a`)
  unlink(`${folder}/a`)
  assert.is(answers.linksWithoutName, file.stat().nlink)
})

test('you know what a second name of a symbolic link is a name of', () => {
  put('a')
  fs.symlinkSync('a', `${folder}/link`)
  link(`${folder}/link`, `${folder}/second`)
  assert.is(answers.typeOfSecond, stat(`${folder}/second`, { follow: false }).type)
})

test('you know what is lost when a file is renamed over the last name of an open file', () => {
  put('a')
  put('b')
  const bob = open(`${folder}/b`)
  rename(`${folder}/a`, `${folder}/b`)
  assert.is(answers.bobReads, bob.readAll().toString())
})

test.run()
