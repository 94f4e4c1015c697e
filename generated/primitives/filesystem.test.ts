// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { traitsOf, TRAITS } from './filesystem.ts'

const folder = fs.mkdtempSync(`${tmpdir()}/filesystem-test-`)
fs.chmodSync(folder, 0o777)
test.after(() => fs.rmSync(folder, { recursive: true }))
const isRoot = process.getuid!() === 0
const known = TRAITS.get(fs.statfsSync(folder).type)

test('BOOK-R4 this filesystem does what the table says of it', () => {
  const found = traitsOf(folder)
  assert.equal([typeof found.listsLateNames, found.tellsWhole === null], ['boolean', !isRoot])
  if (known === undefined) return   // a sixth filesystem: the table says nothing of it
  assert.equal(found, { ...known.traits, tellsWhole: isRoot ? known.traits.tellsWhole : null })
})

test('BOOK-R4 nothing is left behind, whichever call fails', () => {
  const descriptors = () => fs.readdirSync('/proc/self/fd').length
  const before = descriptors()
  const failingAt = (step: number) => {
    const calls: string[] = []
    const stop = tap((syscall, _args, proceed) =>
      calls.push(syscall) === step + 1 && syscall !== 'close' ? -5 : proceed())   // EIO
    try {
      traitsOf(folder)
    } catch { /* told */ } finally { stop() }
    return calls
  }
  const all = failingAt(-1).lastIndexOf('fanotify_init') + 1   // after that it cleans up
  assert.ok(all > 50)
  for (let step = 0; step < all; step++) {
    failingAt(step)
    assert.equal(fs.readdirSync(folder), [], `after call ${step}`)
    assert.ok(descriptors() <= before)
  }
})

test('BOOK-R4 an ordinary user learns all but what only root can try, and where it may not write, why', () => {
  const here = new URL('./filesystem.ts', import.meta.url).href
  const ask = (place: string) => spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', `
    if (process.getuid() === 0) { process.setgroups([]); process.setgid(65534); process.setuid(65534) }
    const { traitsOf } = await import('${here}')
    try { console.log(JSON.stringify(traitsOf('${place}'))) } catch (error) { console.log(error.code) }`],
  { encoding: 'utf8', cwd: '/' }).stdout
  const found = JSON.parse(ask(folder))
  assert.equal(found, { ...traitsOf(folder), tellsWhole: null })
  fs.mkdirSync(`${folder}/shut`, { mode: 0o755 })
  if (isRoot) assert.is(ask(`${folder}/shut`), 'EACCES\n')
  assert.is(ask(`${folder}/none`), 'ENOENT\n')
  fs.rmdirSync(`${folder}/shut`)
})

test.run()
