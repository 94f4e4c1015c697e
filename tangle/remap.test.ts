// Every tool has its own way to write a position.
import { execFile } from 'node:child_process'
import { copyFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { remapLine } from './remap.ts'
import { tangle } from './tangle.ts'
import { configOf, fence, plant } from './testing.ts'

const chapter = [
  '# A chapter',
  '',
  '- a list with a block in it:',
  '',
  '  ```ts file=deep/a.ts',
  '  if (true) {',
  '    // <<later>>',
  '  }',
  '  ```',
  '',
  '**Later.** Told after its use.',
  '',
  fence('ts name="later"', 'const x: number = "two"', 'x.foo()'),
].join('\n')

async function book(): Promise<string> {
  const folder = plant({ 'chapters/03-a.md': chapter })
  await tangle(configOf(folder))
  return folder
}

const root = await book()
// The tangled file: a header, `if (true) {`, the comment `// later`, and the two lines of the chunk, two columns in.
const cases: [why: string, text: string, told: string][] = [
  ['tsc', 'generated/deep/a.ts(4,9): error TS2322: no', 'chapters/03-a.md:14:7: error TS2322: no'],
  ['biome', '! generated/deep/a.ts:4:9: lint/style/useConst: no', '! chapters/03-a.md:14:7: lint/style/useConst: no'],
  ['esbuild, which counts columns from 0', 'generated/deep/a.ts:4:8: ERROR: no', 'chapters/03-a.md:14:7: ERROR: no'],
  ['a stack frame', `    at f (file://${root}/generated/deep/a.ts:5:5)`, '    at f (chapters/03-a.md:15:3)'],
  ["node's heading, with no column", `${root}/generated/deep/a.ts:2`, 'chapters/03-a.md:6'],
  ['two in a line', 'generated/deep/a.ts(2,1) and generated/deep/a.ts(4,3)', 'chapters/03-a.md:6:3 and chapters/03-a.md:14:1'],
  ['a column in white space', 'generated/deep/a.ts:4:1', 'chapters/03-a.md:14:1'],
  ['a line of the loom', 'generated/deep/a.ts(1,1): error', 'chapters/03-a.md:6:3: error'],
  ['a line past the end', 'generated/deep/a.ts(99,1): error', 'chapters/03-a.md:8:3: error'],
  ['a file without a map', 'tangle/cli.ts(1,2): error', 'tangle/cli.ts(1,2): error'],
  ['prose', 'see a.ts: 3 errors', 'see a.ts: 3 errors'],
]

for (const [why, text, told] of cases) {
  test(`LIT-8 a position is told in the chapter: ${why}`, () => {
    assert.is(remapLine(text, root), told)
  })
}

const home = fileURLToPath(new URL('..', import.meta.url))

/** Runs a tool through `loom remap -- …` in a book that has the settings of ours. */
async function lookAt(lines: string[], ...command: string[]): Promise<string> {
  const folder = plant({
    'chapters/04-b.md': `# Told\n\n${fence('ts file=b.ts', ...lines)}`,
    'package.json': '{"type":"module"}',
  })
  copyFileSync(join(home, 'biome.json'), join(folder, 'biome.json'))
  copyFileSync(join(home, 'tsconfig.json'), join(folder, 'tsconfig.json'))
  symlinkSync(join(home, 'node_modules'), join(folder, 'node_modules'))
  await tangle(configOf(folder))
  const args = ['--import', new URL('./hooks/typescript.mjs', import.meta.url).href, join(home, 'tangle/cli.ts'), 'remap', '--', ...command]
  return new Promise((done) => execFile(process.execPath, args, { cwd: folder }, (_, out, err) => done(out + err)))
}

test('LIT-8 an error of the compiler itself is told in the chapter', async () => {
  const tsc = join(home, 'node_modules/typescript7/bin/tsc')
  const told = await lookAt(["export const n: number = 'one'"], process.execPath, tsc, '-p', '.', '--pretty', 'false')
  assert.match(told, /^chapters\/04-b.md:4:14: error TS2322/m)
})

test('LIT-8 a finding of the linter itself, a promise that nobody waits for, is told in the chapter', async () => {
  const biome = join(home, `node_modules/@biomejs/cli-linux-${process.arch}/biome`)
  const lines = ['async function later(): Promise<void> {}', 'export function now(): void {', '  later()', '}']
  const told = await lookAt(lines, biome, 'lint', '--reporter=concise', '--colors=off')
  assert.match(told, 'chapters/04-b.md:6:3: lint/nursery/noFloatingPromises')
})

test.run()
