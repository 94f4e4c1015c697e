// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { writeVersion } from './solution.ts'

let [folder, path] = ['', '']
test.before.each(() => {
  folder = mkdtempSync(`${tmpdir()}/keep-versions-`)
  path = `${folder}/notes`
})
const write = (...texts: string[]) => { for (const text of texts) writeVersion(path, text) }
const texts = () => readdirSync(folder).filter(name => !name.startsWith('.')).sort()
  .map(name => readFileSync(`${folder}/${name}`, 'utf8'))

test('the last three versions are kept, and no more', () => {
  write('a', 'b', 'c', 'd', 'e')
  assert.equal(readdirSync(folder).sort(), ['notes', 'notes~1~', 'notes~2~', 'notes~3~'])
  assert.equal(texts(), ['e', 'd', 'c', 'b'])
})

test('the first write needs no version', () => {
  write('a')
  assert.equal(readdirSync(folder), ['notes'])
})

function atEveryCall(look: () => void): void {
  const stop = tap((_syscall, _args, proceed) => {
    const answer = proceed()
    look()
    return answer
  })
  try {
    write('e')
  } finally {
    stop()
  }
}

test('the name is there at every call', () => {
  write('a', 'b', 'c', 'd')
  const missing: boolean[] = []
  atEveryCall(() => { if (!existsSync(path)) missing.push(true) })
  assert.is(missing.length, 0, 'calls after which nobody had the name')
})

test('no version loses its last name before its time', () => {
  write('a', 'b', 'c', 'd')
  const lost = new Set<string>()
  atEveryCall(() => {
    for (const text of ['b', 'c', 'd']) if (!texts().includes(text)) lost.add(text)
  })
  assert.equal([...lost], [], 'versions that no name led to')
})

test.run()
