// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { atomicWrite, type AtomicWriteOptions } from 'filesystem-communication-space/patterns'
import { answers } from './solution.ts'

function names(options: AtomicWriteOptions): { most: number, left: number } {
  const folder = mkdtempSync(`${tmpdir()}/names-meanwhile-`)
  if (options.replace !== false) writeFileSync(`${folder}/notes`, 'old')
  let most = 0
  const look = () => { most = Math.max(most, readdirSync(folder).length) }
  const stop = tap((_syscall, _args, proceed) => {
    look()
    const answer = proceed()
    look()
    return answer
  })
  atomicWrite(`${folder}/notes`, 'new', { durability: 'os', ...options })
  stop()
  return { most, left: readdirSync(folder).length }
}

test('you know how many names a replacing write shows', () => {
  assert.is(answers.replace, names({}).most)
})

test('you know how many names a creating write shows', () => {
  assert.is(answers.create, names({ replace: false }).most)
})

test('you know how many names a creating write with a named temporary shows', () => {
  assert.is(answers.createNamed, names({ replace: false, temporary: 'named' }).most)
})

test('you know how many names an exchange shows, and leaves', () => {
  const { most, left } = names({ replace: 'exchange' })
  assert.equal([answers.exchange, answers.leftByExchange], [most, left])
})

test.run()
