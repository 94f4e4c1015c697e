// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { arrive } from './solution.ts'

const folder = mkdtempSync(`${tmpdir()}/who-was-before-me-`)

test('each learns who came before', () => {
  const [, ...others] = ['ann', 'bob', 'carol'].map(who => arrive(`${folder}/one`, who))
  assert.equal(others, ['ann', 'bob'])
})

test('the first one learns that nobody did', () => {
  assert.is(arrive(`${folder}/two`, 'ann'), null)
})

test('two who come at once are not told the same name', async () => {
  const script = `import { arrive } from '${new URL('./solution.ts', import.meta.url)}'
    console.log('ready')
    process.stdin.once('data', () => {
      const me = process.argv[1], seen = []
      for (let i = 0; i < 500; i++) seen.push(String(arrive('${folder}/three', me + i)))
      console.log(JSON.stringify(seen))
      process.exit()
    })`
  const processes = ['a', 'b'].map(name => spawn(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, name], { stdio: ['pipe', 'pipe', 'inherit'] }))
  await Promise.all(processes.map(each => once(each.stdout!, 'data')))
  const texts = processes.map(() => '')
  processes.forEach((each, i) => each.stdout!.on('data', data => { texts[i] += data }))
  for (const each of processes) each.stdin!.write('go\n')
  await Promise.all(processes.map(each => once(each, 'close')))
  const seen = texts.flatMap(text => JSON.parse(text) as string[])
  assert.is(new Set(seen).size, 1000)
})

test.run()
