// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { once } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/once-`)}/pid`

test('the second start is told who is first', () => {
  const one = once(path)
  assert.equal([one.first, once(path).first], [null, process.pid])
  one.end()
})

test('a dead first one does not count', () => {
  const solution = new URL('./solution.ts', import.meta.url)
  const script = `import { once } from '${solution}'; once('${path}'); process.kill(process.pid, 'SIGKILL')`
  spawnSync(process.execPath, [...process.execArgv, '--input-type=module', '--eval', script])
  const one = once(path)
  assert.is(one.first, null)
  one.end()
})

test('when the first has ended, the next is the first', () => {
  once(path).end()
  const one = once(path)
  assert.is(one.first, null)
  one.end()
})

test.run()
