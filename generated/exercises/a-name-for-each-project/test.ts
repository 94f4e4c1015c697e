// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { socketOf } from './solution.ts'

const root = fs.realpathSync(fs.mkdtempSync(`${tmpdir()}/a-name-for-each-project-`))
function project(path: string): string {
  fs.mkdirSync(`${root}/${path}`, { recursive: true })
  return `${root}/${path}`
}

test("every way to write the project's path gives one name", () => {
  const plain = project('desk/book')
  fs.symlinkSync('desk', `${root}/link`)
  const names = [plain, `${plain}/`, `${root}/desk/../desk//book`, `${root}/link/book`]
    .map(each => socketOf('/run/user/1000', each))
  assert.equal(new Set(names).size, 1, names.join('\n'))
})

test('two projects with equal last names have two names', () => {
  const [one, two] = [project('a/book'), project('b/book')]
  assert.is.not(socketOf('/run', one), socketOf('/run', two))
  assert.is.not(socketOf('/run', project('c-d/e')), socketOf('/run', project('c/d-e')))
})

test("the name stays in the folder and within 107 bytes, however long the project's path is", () => {
  const long = project(`${'é'.repeat(100)}/${'名'.repeat(80)}`)
  const name = socketOf('/run/user/1000', long)
  assert.ok(Buffer.byteLength(name) <= 107, `${Buffer.byteLength(name)} bytes`)
  for (const each of [long, project('with space\nand line'), project('-rf')]) {
    assert.is(dirname(socketOf('/run/user/1000', each)), '/run/user/1000')
    assert.match(basename(socketOf('/run/user/1000', each)), /^\S+$/)
  }
})

test("the name begins with the project's last name, for whoever lists the folder", () => {
  assert.match(basename(socketOf('/run/user/1000', project('work/notes'))), /^notes/)
})

test.run()
