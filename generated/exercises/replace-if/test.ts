// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stat, tap } from 'filesystem-communication-space/foundations'
import { replaceIf } from './solution.ts'

let [folder, source, target, ino] = ['', '', '', 0n]
const read = (path: string) => fs.readFileSync(path, 'utf8')

test.before.each(() => {
  folder = fs.mkdtempSync(`${tmpdir()}/replace-if-`)
  source = `${folder}/source`
  target = `${folder}/target`
  fs.writeFileSync(source, 'Carol')
  fs.writeFileSync(target, 'old')
  ino = stat(target).ino
})

test('the file with that inode is replaced', () => {
  assert.is(replaceIf(source, target, ino), true)
  assert.is(read(target), 'Carol')
  assert.equal(fs.readdirSync(folder), ['target'])
})

test('another file keeps its name, and Carol keeps hers', () => {
  assert.is(replaceIf(source, target, stat(source).ino), false)
  assert.equal([read(source), read(target)], ['Carol', 'old'])
})

test('a file that takes the name at the last moment is not lost', () => {
  let calls = 0
  const stop = tap((syscall, _args, proceed) => {
    if (/^rename/.test(syscall) && calls++ === 0) {
      fs.writeFileSync(`${folder}/.bob`, 'Bob')
      fs.renameSync(`${folder}/.bob`, target)
    }
    return proceed()
  })
  const answer = replaceIf(source, target, ino)
  stop()
  assert.is(answer, false)
  assert.equal([read(target), read(source)], ['Bob', 'Carol'])
})

test.run()
