// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
import { chmodSync, linkSync, mkdirSync, mkdtempSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { cp } from 'filesystem-communication-space/files'
import { answers } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/what-a-copy-keeps-`)
mkdirSync(`${folder}/tree`)
for (const name of ['program', 'twin', 'shared']) writeFileSync(`${folder}/tree/${name}`, name)
chmodSync(`${folder}/tree/program`, 0o4755)
linkSync(`${folder}/tree/twin`, `${folder}/tree/other`)
linkSync(`${folder}/tree/shared`, `${folder}/outside`)
const of = (name: string) => statSync(`${folder}/${name}`)
const mode = (name: string) => (of(name).mode & 0o7777).toString(8)

test('you know the mode of the copied program, with and without owner', () => {
  cp(`${folder}/tree`, `${folder}/plain`)
  cp(`${folder}/tree`, `${folder}/owned`, { owner: true })
  assert.equal([answers.mode, answers.modeWithOwner], [mode('plain/program'), mode('owned/program')])
})

test('you know how many names the copies have', () => {
  cp(`${folder}/tree`, `${folder}/copy`)
  assert.equal([answers.twinsInside, answers.twinOutside], [of('copy/twin').nlink, of('copy/shared').nlink])
})

test.run()
