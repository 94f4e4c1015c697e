// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Spool } from 'filesystem-communication-space/patterns'
import { runDue } from './solution.ts'

const root = mkdtempSync(`${tmpdir()}/a-day-of-at-`)
const spool = new Spool(`${root}/spool`)
spool.submit(`echo one >> ${root}/out`)
spool.submit(`echo late >> ${root}/out`, { notBefore: 2000 })
spool.submit(`echo two >> ${root}/out; exit 3`)
const first = runDue(spool, 1000)

test('due scripts run, in order, and others do not', () => {
  assert.ok(existsSync(`${root}/out`))
  assert.is(readFileSync(`${root}/out`, 'utf8'), 'one\ntwo\n')
})

test('the exit statuses are told', () => {
  assert.equal(first, [{ number: 1, status: 0 }, { number: 3, status: 3 }])
})

test('a script that fails is not run again', () => {
  assert.equal(runDue(spool, 3000), [{ number: 2, status: 0 }])
  assert.is(readFileSync(`${root}/out`, 'utf8'), 'one\ntwo\nlate\n')
})

test.run()
