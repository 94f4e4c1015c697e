// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { mergeSafely } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/tell-me-twice-`)
const path = `${folder}/settings.json`
const content = () => JSON.parse(readFileSync(path, 'utf8'))
test.before.each(() => writeFileSync(path, '{"ann":1}'))

test('an update that nobody disturbs is one update', () => {
  assert.is(mergeSafely(path, { bob: 1 }), 1)
  assert.equal(content(), { ann: 1, bob: 1 })
})

function disturbed(times: number): number {
  let left = times
  const stop = tap((syscall, args, proceed) => {
    if (syscall === 'renameat2' && args[3] === path && left-- > 0) {
      writeFileSync(path, JSON.stringify({ ...content(), [`carol${left}`]: 1 }))
    }
    return proceed()
  })
  try {
    return mergeSafely(path, { bob: 1 })
  } finally {
    stop()
  }
}

test('what was overwritten in the window is in the file at the end', () => {
  assert.ok(disturbed(2) > 1)
  assert.equal(content(), { ann: 1, bob: 1, carol0: 1, carol1: 1 })
})

test('no kept version is left behind', () => {
  disturbed(1)
  assert.equal(readdirSync(folder), ['settings.json'])
})

test.run()
