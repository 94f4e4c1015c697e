// Told in chapters/10-files/02-metadata.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { describe } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/what-is-it-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
fs.writeFileSync(`${folder}/file`, 'twelve bytes')
fs.chmodSync(`${folder}/file`, 0o640)
fs.mkdirSync(`${folder}/folder`)
fs.chmodSync(`${folder}/folder`, 0o755)
fs.symlinkSync('file', `${folder}/link`)
fs.symlinkSync('nowhere', `${folder}/dangling`)
fs.symlinkSync('circle', `${folder}/circle`)
const of = (name: string) => describe(`${folder}/${name}`)

test('a file, a folder and a device are described', () => {
  assert.is(of('file'), '-rw-r----- file, 12 bytes')
  assert.is(of('folder'), 'drwxr-xr-x directory')
  assert.match(describe('/dev/null'), /^crw-rw-rw- character device$/)
})

test('a link is described with its text, and whether it leads anywhere', () => {
  assert.is(of('link'), 'lrwxrwxrwx symlink to file')
  assert.is(of('dangling'), 'lrwxrwxrwx symlink to nowhere, which is missing')
  assert.is(of('circle'), 'lrwxrwxrwx symlink to circle, which is ELOOP')
})

test('what is missing is said to be missing', () => {
  assert.is(of('no'), 'missing')
  assert.is(of('file/below'), 'missing')
})

test("what cannot be found out is said with the reason's code", () => {
  assert.is(of(`circle/below`), 'ELOOP')
  assert.is(of('n'.repeat(300)), 'ENAMETOOLONG')
})

test.run()
