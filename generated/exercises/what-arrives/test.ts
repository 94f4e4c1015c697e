// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { Arrivals } from 'filesystem-communication-space/namespace'
import { answers } from './solution.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/what-arrives-`)
fs.writeFileSync(`${folder}/there`, '')
fs.mkdirSync(`${folder}/sub`)

function arrivals(act: () => void): number {
  const heard = new Arrivals(folder)
  act()
  const { names } = heard.take()
  heard.close()
  return names.length
}

test('you know what a file that is created and removed at once brings', () => {
  assert.is(answers.createdAndRemoved, arrivals(() => {
    fs.writeFileSync(`${folder}/short`, '')
    fs.unlinkSync(`${folder}/short`)
  }))
})

test('you know what a second name of a file brings', () => {
  assert.is(answers.linked, arrivals(() => fs.linkSync(`${folder}/there`, `${folder}/second`)))
})

test('you know what a rename inside the folder brings', () => {
  assert.is(answers.renamedInside,
    arrivals(() => fs.renameSync(`${folder}/there`, `${folder}/moved`)))
})

test('you know what a write to a file that is there brings', () => {
  assert.is(answers.written, arrivals(() => fs.appendFileSync(`${folder}/moved`, 'more')))
})

test('you know what a file in a folder inside the folder brings', () => {
  assert.is(answers.createdInASubfolder, arrivals(() => fs.writeFileSync(`${folder}/sub/x`, '')))
})

test.run()
