// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  link, mkdir, open, O_CREAT, O_EXCL, O_WRONLY, rename,
} from 'filesystem-communication-space/foundations'
import { winners } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-refuses-`)
let [name, own, count] = ['', '', 0]
test.before.each(() => { name = `${folder}/${count++}` })

function among(two: ((own: string) => void)): number {
  return ['ann', 'bob'].filter(who => {
    own = `${name}-${who}`
    writeFileSync(own, who)
    try {
      two(own)
      return true
    } catch {
      return false
    }
  }).length
}

test('you know how many win by open with O_CREAT', () => {
  assert.is(winners['open O_CREAT'], among(() => open(name, O_WRONLY | O_CREAT).close()))
})

test('you know how many win by open with O_CREAT and O_EXCL', () => {
  assert.is(winners['open O_CREAT|O_EXCL'],
    among(() => open(name, O_WRONLY | O_CREAT | O_EXCL).close()))
})

test('you know how many win by rename', () => {
  assert.is(winners['rename'], among(own => rename(own, name)))
})

test('you know how many win by link', () => {
  assert.is(winners['link'], among(own => link(own, name)))
})

test('you know how many win by mkdir', () => {
  assert.is(winners['mkdir'], among(() => mkdir(name)))
})

test('you know how many win when both look first, and then create', () => {
  const looks = [existsSync(name), existsSync(name)]
  const won = looks.filter(isThere => {
    if (isThere) return false
    open(name, O_WRONLY | O_CREAT).close()
    return true
  })
  assert.is(winners['look, then create'], won.length)
})

test.run()
