// A watch on a real folder: pages are saved as editors save them, and the tangled file is awaited.
import { renameSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { configOf, fence, plant } from './testing.ts'
import { watch } from './watch.ts'

const page = (line: string) => `# A\n\n${fence('ts file=a.ts', line)}`

/** Runs `scene` beside a watch; `next()` resolves to the next line that the watch reports. */
async function watched(scene: (folder: string, next: () => Promise<string>) => Promise<void>, book = false): Promise<void> {
  const folder = plant({ 'a.md': page('one()') })
  const lines: string[] = []
  let wake = () => {}
  const next = async () => {
    while (lines.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return lines.shift()!
  }
  const end = new AbortController()
  const ended = watch(configOf(folder), {
    signal: end.signal,
    book,
    report(line) {
      lines.push(line)
      wake()
    },
  })
  try {
    await next()
    await scene(folder, next)
  } finally {
    end.abort()
    await ended
  }
}

const tangled = (folder: string) => readFileSync(join(folder, 'generated/a.ts'), 'utf8')

test('LIT-7 a saved page is tangled, and one line says what was done', () =>
  watched(async (folder, next) => {
    writeFileSync(join(folder, 'a.md'), page('two()'))
    assert.match(await next(), /^a\.md: wrote a\.ts \(\d+ ms\)$/)
    assert.match(tangled(folder), /two\(\)/)
  }))

test('LIT-7 a page that an editor replaces by rename is tangled', () =>
  watched(async (folder, next) => {
    writeFileSync(join(folder, '.a.md.swp'), page('three()'))
    renameSync(join(folder, '.a.md.swp'), join(folder, 'a.md'))
    await next()
    assert.match(tangled(folder), /three\(\)/)
  }))

test('LIT-7 a page with an error is told, changes nothing, and is tangled once it is mended', () =>
  watched(async (folder, next) => {
    const before = tangled(folder)
    writeFileSync(join(folder, 'a.md'), page('// <<nobody>>'))
    assert.match(await next(), /^a\.md: nothing written\na\.md:4:4: no chunk is named 'nobody'/)
    assert.is(tangled(folder), before)
    writeFileSync(join(folder, 'a.md'), page('four()'))
    assert.match(await next(), /wrote a\.ts/)
    assert.match(tangled(folder), /four\(\)/)
  }))

test('LIT-7 a page that is empty for the moment of a save does not take its file away', () =>
  watched(async (folder, next) => {
    writeFileSync(join(folder, 'a.md'), '')
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.match(tangled(folder), /one\(\)/)
    writeFileSync(join(folder, 'a.md'), page('five()'))
    assert.match(await next(), /wrote a\.ts/)
    assert.match(tangled(folder), /five\(\)/)
  }))

test('LIT-7 a new page is seen', () =>
  watched(async (folder, next) => {
    writeFileSync(join(folder, 'b.md'), fence('ts file=b.ts', 'b()'))
    assert.match(await next(), /^b\.md: wrote b\.ts/)
  }))

test('LIT-11 a watch that weaves has the saved page first, and then the pages whose types it has changed', () =>
  watched(async (folder, next) => {
    const types = () => readFileSync(join(folder, 'book/b.types.js'), 'utf8')
    await next() // what was woven first
    writeFileSync(join(folder, 'b.md'), fence('ts file=b.ts', "import { one } from './a.ts'", 'export const two = one()'))
    writeFileSync(join(folder, 'a.md'), page('export function one(): number { return 1 }'))
    for (let line = ''; !/b\.html/.test(line); ) line = await next()
    assert.match(types(), 'const two: number')
    writeFileSync(join(folder, 'a.md'), page('export function one(): string { return "1" }'))
    assert.match(await next(), /^a\.md: wrote a\.ts/)
    const first = await next()
    assert.match(first, /^a\.md: wove .*a\.html/)
    if (!/const two: string/.test(types())) assert.match(await next(), /^a\.md: wove /)
    assert.match(types(), 'const two: string')
    writeFileSync(join(folder, 'a.md'), page('export function one(): string { return "one" }'))
    assert.match(await next(), /^a\.md: wrote a\.ts/)
    assert.match(await next(), /^a\.md: wove a\.html/)
  }, true))

test.run()
