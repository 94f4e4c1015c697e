// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { goBack, goLive } from './solution.ts'

let site = ''
const put = (name: string, version: string) => {
  fs.mkdirSync(`${site}/${name}`, { recursive: true })
  fs.writeFileSync(`${site}/${name}/index`, version)
}
const read = (name: string) => fs.readFileSync(`${site}/${name}/index`, 'utf8')
const fresh = () => {
  site = fs.mkdtempSync(`${tmpdir()}/blue-green-`)
  put('live', '2')
  put('before', '1')
  put('next', '3')
}
test.before.each(fresh)

test('the new version is live, and the one before is kept', () => {
  goLive(site)
  assert.equal([read('live'), read('before'), fs.existsSync(`${site}/next`)], ['3', '2', false])
  put('next', '4')
  goLive(site)
  assert.equal([read('live'), read('before')], ['4', '3'])
})

test('switching back brings the one before', () => {
  goLive(site)
  goBack(site)
  assert.equal([read('live'), read('before')], ['2', '3'])
})

test('live is there before and after every call, and after a death at any of them', () => {
  for (const act of [goLive, goBack]) {
    for (let step = 0, isDead = true; isDead; step++) {
      fresh()
      let calls = 0
      isDead = false
      const stop = tap((_syscall, _args, proceed) => {
        assert.ok(fs.existsSync(`${site}/live/index`))
        if (calls++ >= step) isDead = true
        if (isDead) throw new Error('dead')
        return proceed()
      })
      try { act(site) } catch (error) { if ((error as Error).message !== 'dead') throw error } finally { stop() }
      assert.ok(fs.existsSync(`${site}/live/index`), `dead before call ${step}`)
    }
  }
})

test.run()
