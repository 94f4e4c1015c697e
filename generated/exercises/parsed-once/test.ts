// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { execFile } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from 'filesystem-communication-space/foundations'
import { Settings } from './solution.ts'

const path = `${mkdtempSync(`${tmpdir()}/parsed-once-`)}/settings.json`
writeFileSync(path, '{"port":80}')
const settings = new Settings(path)
const edit = (port: number) => new Promise<number>(resolve => {
  const begin = performance.now()
  execFile('sh', ['-c', `echo '{"port":${port}}' > "$0"`, path], () => resolve(performance.now() - begin))
})

test('the file is read once for a hundred questions', () => {
  let opens = 0
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'open') opens++
    return proceed()
  })
  for (let i = 0; i < 100; i++) assert.is(settings.get('port'), 80)
  stop()
  assert.is(opens, 1)
})

test('after an edit the new setting is told', async () => {
  await edit(8080)
  assert.is(settings.get('port'), 8080)
})

test('an edit never waits for long', async () => {
  for (const port of [1, 2, 3]) {
    assert.ok(await edit(port) < 10_000)
    assert.is(settings.get('port'), port)
  }
  settings.close()
})

test.run()
