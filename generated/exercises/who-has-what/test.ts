// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { enrol } from 'filesystem-communication-space/patterns'
import { whoHasWhat } from './solution.ts'

const members = mkdtempSync(`${tmpdir()}/who-has-what-`)
const [ann, bob] = [enrol(members), enrol(members)]
for (const claim of ['2', '1']) writeFileSync(`${ann.folder}/${claim}`, '')

test('claims are listed under the member that has them', () => {
  const list = whoHasWhat(members)
  assert.equal(list[ann.id], { lives: true, claims: ['1', '2'] })
  assert.equal(list[bob.id], { lives: true, claims: [] })
})

test('the dead are told from the living', () => {
  mkdirSync(`${members}/carol`)
  for (const name of ['lock', '3']) writeFileSync(`${members}/carol/${name}`, '')
  assert.equal(whoHasWhat(members)['carol'], { lives: false, claims: ['3'] })
  assert.is(Object.keys(whoHasWhat(members)).length, 3)
})

test('looking gives nothing back', () => {
  assert.equal(readdirSync(`${members}/carol`).sort(), ['3', 'lock'])
})

test.run()
