// The load hook, asked directly, and in a Node that runs plain JavaScript.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { addMapping, GenMapping, toEncodedMap } from '@jridgewell/gen-mapping'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { plant } from './testing.ts'

const typescript = new URL('./hooks/typescript.mjs', import.meta.url).href
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

/** Runs a program of a fresh folder with nothing but the hook, and maybe as somebody else. */
function start(program: string, files: Record<string, string>, options: { uid?: number } = {}) {
  const folder = plant(files)
  chmodSync(folder, 0o755)
  const { stdout, stderr } = spawnSync(process.execPath, ['--import', typescript, join(folder, program)], { encoding: 'utf8', cwd: '/', ...options })
  return { folder, stdout, stderr }
}

test('TypeScript runs without tsx: types go, an import that is not used stays, an error is told at its line', () => {
  const { folder, stdout, stderr } = start('a.mts', {
    'a.mts': "import { unused } from './b.mts'\nconst a: number = 5\nconsole.log(a)\ninterface Much { lines: 1 }\nthrow new Error('no')",
    'b.mts': "console.log('b')\nexport const unused: unknown = 0",
  })
  assert.is(stdout, 'b\n5\n')
  assert.match(stderr, `${folder}/a.mts:5:`)
})

test('LIT-8 what is compiled is told at its source, too', () => {
  const { folder, stderr } = start('lib/a.mts', { 'lib/a.mts': "throw new Error('no')", 'lib/a.mts.map': map('a.mts', '../pages/a.md') })
  assert.match(stderr, `${folder}/pages/a.md:30:5`)
})

test('a file is compiled once; one that changed, or was kept by halves, is compiled again', async () => {
  const { load } = (await import(new URL('./hooks/compile.mjs', import.meta.url).href)) as { load(url: string): Promise<{ source: string }> }
  const folder = plant({ 'a.ts': 'export const a: number = 1' })
  const url = `${pathToFileURL(folder).href}/a.ts`
  const kept = new URL(`../node_modules/.cache/loom/${createHash('sha1').update(url).digest('hex')}.mjs`, import.meta.url)
  const first = (await load(url)).source
  assert.is(readFileSync(kept, 'utf8'), first)
  writeFileSync(kept, first.replace('a = 1', 'a = 2'))
  assert.match((await load(url)).source, 'a = 2', 'the kept one is taken')
  writeFileSync(kept, first.slice(0, 20))
  assert.is((await load(url)).source, first)
  writeFileSync(join(folder, 'a.ts'), 'export const a: number = 3')
  assert.match((await load(url)).source, 'a = 3')
  rmSync(kept)
})

test('who may not write where it is kept runs all the same, and what does not compile says where', () => {
  if (process.getuid!() === 0) assert.is(start('a.mts', { 'a.mts': 'console.log(1 as number)' }, { uid: 65_534 }).stdout, '1\n')
  assert.match(start('a.mts', { 'a.mts': 'const a: number = 1\nconst a = 2' }).stderr, /a\.mts:2:6: ERROR: The symbol "a" has already been declared/)
})

test.run()
