// Two chapters whose lines are known to run or not to run: one chapter feeds two files, and two chapters feed one file.
import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readCoverage } from './coverage.ts'
import { tangle } from './tangle.ts'
import { test as runTests } from './test-run.ts'
import { configOf, fence, plant } from './testing.ts'

const first = [
  '# First',
  '',
  fence('ts file=a.ts', 'export function sign(n: number): string {', '  if (n < 0) {', "    return 'minus'", '  }', '  // <<the rest>>', '}'),
  fence('ts file=b.ts', 'interface Shape {', '  sides: number', '}', 'export function sides(shape: Shape): number {', '  return shape.sides', '}', 'export const four = 4'),
  fence('ts name="the rest"', "if (n > 9) return 'many'", "return n === 0 ? 'none' : 'plus'"),
].join('\n')
const second = [
  '# Second',
  '',
  fence('ts file=a.ts', 'export function inChild(): number {', '  return 1', '}', 'export function never(): number {', '  return 2', '}'),
  fence('ts file=a.test.ts', "import { test } from 'uvu'", "import { sign } from './a.ts'", "import { four } from './b.ts'", "import { execFileSync } from 'node:child_process'",
    "test('one', () => {", '  sign(four - 3)', "  execFileSync(process.execPath, [...process.execArgv, import.meta.dirname + '/child.ts'])", '})', 'test.run()'),
  fence('ts file=child.ts', "import { inChild } from './a.ts'", 'inChild()'),
  fence('ts file=unused.ts', 'export const unused = 1'),
].join('\n')

const lineOf = (chapter: string, text: string) => chapter.slice(0, chapter.indexOf(text)).split('\n').length

test('LIT-8 coverage is told by chapter line, exactly, with what ran in child processes', async () => {
  const folder = plant({ 'chapters/1.md': first, 'chapters/2.md': second, 'package.json': '{"type":"module"}', 'loom.json': '{"documents":["chapters"]}' })
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'))
  const config = configOf(folder)
  await tangle(config)
  const covered = join(folder, '.loom/coverage')
  assert.is((await runTests(config, { env: { NODE_V8_COVERAGE: covered } })).failed, 0)
  const { pages, neverLoaded } = readCoverage(config, covered)
  const one = pages.get('chapters/1.md')!
  const at = (text: string) => lineOf(first, text)
  const [minus, sides] = [at("    return 'minus'"), at('  return shape.sides')]
  assert.equal(one.uncovered, [minus, minus + 1, sides, sides + 1], 'each with its closing brace')
  assert.equal(one.partly, [at('  if (n < 0)'), at('export function sides'), at('if (n > 9)'), at('return n === 0')])
  const two = pages.get('chapters/2.md')!
  const last = lineOf(second, '  return 2')
  assert.equal(two.uncovered, [last, last + 1])
  assert.equal(two.partly, [lineOf(second, 'export function never')])
  assert.equal(neverLoaded, ['generated/unused.ts'])
})

test.run()
