// The load hook, asked directly, and in a Node that runs plain JavaScript.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { addMapping, GenMapping, toEncodedMap } from '@jridgewell/gen-mapping'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plant } from './testing.ts'

const register = new URL('./hooks/register.mjs', import.meta.url).href
const { load } = (await import(new URL('./hooks/load.mjs', import.meta.url).href)) as {
  load(url: string, context: object, next: () => Promise<{ source: unknown }>): Promise<{ source: unknown }>
}

function map(file: string, source: string): string {
  const made = new GenMapping({ file })
  addMapping(made, { generated: { line: 1, column: 0 }, source, original: { line: 30, column: 4 } })
  return JSON.stringify(toEncodedMap(made))
}

test('LIT-8 any script with a map beside it is told at its source, wherever it lies', () => {
  const folder = plant({
    'lib/a.js': "throw new Error('no')",
    'lib/a.js.map': map('a.js', '../pages/a.md'),
    'package.json': '{"type":"module"}',
  })
  const args = ['--enable-source-maps', '--import', register, join(folder, 'lib/a.js')]
  const { stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  assert.match(stderr, `${folder}/pages/a.md:30:5`)
})

test('a script keeps its own map, and one without a map stays as it is', async () => {
  const folder = plant({ 'a.ts': '', 'a.ts.map': map('a.ts', 'a.md'), 'b.ts': '', 'c.json': '', 'c.json.map': '{}' })
  const ask = async (name: string, source: unknown) =>
    (await load(`${pathToFileURL(folder).href}/${name}`, {}, async () => ({ source }))).source
  const own = 'x\n//# sourceMappingURL=other.map'
  assert.is(await ask('a.ts', own), own)
  assert.is(await ask('b.ts', 'x'), 'x')
  assert.is(await ask('c.json', '{}'), '{}')
  assert.match(String(await ask('a.ts?v=2', Buffer.from('x'))), /^x\n\/\/# sourceMappingURL=data:application\/json;base64,/)
})

test.run()
