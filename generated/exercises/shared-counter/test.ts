// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { increment } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/shared-counter-`)
const seen: string[] = []

test('a counter that is not there begins with 1', () => {
  assert.equal([increment(`${folder}/fresh`), increment(`${folder}/fresh`)], [1, 2])
})

test('two processes that count to 150 each make 300', async () => {
  const [path, go] = [`${folder}/counter`, `${folder}/go`]
  const own = JSON.stringify(new URL('./solution.ts', import.meta.url).href)
  const script = `import { increment } from ${own}
    import { existsSync } from 'node:fs'
    console.log('ready')
    while (!existsSync(${JSON.stringify(go)}));
    for (let i = 0; i < 150; i++) increment(${JSON.stringify(path)})`
  const args = [...process.execArgv, '--input-type=module', '--eval', script]
  const stdio = ['ignore', 'pipe', 'inherit'] as const
  const both = [1, 2].map(() => spawn(process.execPath, args, { stdio: [...stdio] }))
  const ends = Promise.all(both.map(each => once(each, 'exit')))
  await Promise.all(both.map(each => once(each.stdout!, 'data')))
  writeFileSync(path, '0')
  const watching = setInterval(() => seen.push(readFileSync(path, 'utf8')), 1)
  writeFileSync(go, '')
  const statuses = (await ends).map(([status]) => status)
  clearInterval(watching)
  assert.equal(statuses, [0, 0], 'both end well')
  assert.is(Number(readFileSync(path, 'utf8')), 300)
})

test('a torn or empty counter is never seen', () => {
  assert.equal(seen.filter(text => !/^\d+$/.test(text)), [])
  assert.ok(Number(readFileSync(`${folder}/counter`, 'utf8')) > 150, 'one of the two counted alone')
})

test.run()
