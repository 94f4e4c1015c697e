// Told in chapters/10-files/02-metadata.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open } from 'filesystem-communication-space/files'
import { tap } from 'filesystem-communication-space/foundations'
import { isOutOfDate } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/newer-than-`)
test.after(() => fs.rmSync(folder, { recursive: true }))
const noon = 1_777_636_800_000_000_000n
function file(name: string, ns: bigint): string {
  const made = open(`${folder}/${name}`, 'w')
  made.setTimes({ mtimeNs: noon + ns })
  made.close()
  return `${folder}/${name}`
}

test('one nanosecond decides', () => {
  const [report, data] = [file('report', 100n), file('data', 99n)]
  assert.is(isOutOfDate(report, [data]), false)
  file('data', 101n)
  assert.is(isOutOfDate(report, [data]), true)
})

test('a target that is missing is out of date, and a source that is missing is an error', () => {
  const data = file('data', 1n)
  assert.is(isOutOfDate(`${folder}/missing`, [data]), true)
  assert.throws(() => isOutOfDate(file('report', 5n), [data, `${folder}/missing`]), /^ENOENT/)
})

test("a source with the target's own time counts as newer", () => {
  assert.is(isOutOfDate(file('report', 7n), [file('data', 7n)]), true)
})

test('each file is asked once', () => {
  const [report, ...sources] = [file('r', 9n), file('a', 1n), file('b', 2n), file('c', 3n)]
  const calls: string[] = []
  const stop = tap((syscall, _args, proceed) => { calls.push(syscall); return proceed() })
  assert.is(isOutOfDate(report!, sources), false)
  stop()
  assert.is(calls.length, 4)
})

test.run()
