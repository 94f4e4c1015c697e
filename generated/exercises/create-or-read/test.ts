// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { createOrRead } from './solution.ts'

let path = ''
test.before.each(() => { path = `${fs.mkdtempSync(`${tmpdir()}/create-or-read-`)}/owner` })
function attempt(who: string): [boolean, string] {
  const { hasWon, bytes } = createOrRead(path, Buffer.from(who))
  return [hasWon, Buffer.from(bytes).toString()]
}

test('the winner is told that it won, and its bytes are there', () => {
  assert.equal(attempt('ann'), [true, 'ann'])
  assert.is(fs.readFileSync(path, 'utf8'), 'ann')
})

test("the loser gets the winner's bytes and changes nothing", () => {
  fs.writeFileSync(path, 'ann')
  const { mtimeMs } = fs.statSync(path)
  assert.equal(attempt('bob'), [false, 'ann'])
  assert.is(fs.statSync(path).mtimeMs, mtimeMs)
})

test('a winner who removes the file between the two calls makes room for the loser', () => {
  fs.writeFileSync(path, 'ann')
  const stop = tap((syscall, _args, proceed) => {
    const answer = proceed()
    if (/^link/.test(syscall)) fs.rmSync(path, { force: true })
    return answer
  })
  let outcome: unknown
  try {
    outcome = attempt('bob')
  } catch (error) {
    outcome = (error as Error).message
  } finally {
    stop()
  }
  assert.equal(outcome, [true, 'bob'], 'Bob wins after all')
})

test('a folder that is not there is told as the kernel tells it', () => {
  assert.throws(() => createOrRead(`${path}/no/owner`, Buffer.from('ann')), /^ENOENT: .*, open/)
})

test.run()
