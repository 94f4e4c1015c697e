// This book itself: what its pages show is what happens, and its README keeps its promises of length.
// Runs long: other files run beside it.
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { readConfig } from './config.ts'
import { formatProblem } from './problem.ts'
import { run, shotsOf } from './scenes.ts'

const book = await readBook(readConfig(dirname(dirname(fileURLToPath(import.meta.url)))))

for (const { file } of book.pages) {
  const shots = shotsOf(book, file)
  if (shots.length === 0) continue
  test(`LIT-12 what the ${shots.length} run blocks of ${file} print is what the page shows`, async () => {
    const { passed, problems } = await run(book, { pages: [file] })
    assert.equal(problems.map(formatProblem), [])
    assert.is(passed, shots.length)
  })
}

test('the README has at most 120 lines and a real transcript in the first 20', () => {
  const readme = book.pages.find(({ file }) => file === 'README.md')!
  const transcript = book.blocks.find(({ page, run }) => page === readme && run)!
  assert.ok(readme.text.split('\n').length <= 121, 'length')
  assert.ok(transcript.fence.line <= 20 && transcript.lang === 'console')
})

test('the pages that tell the program are the ones that a reader finds: each is reached from the README', () => {
  const reached = new Set(['README.md'])
  const links = (file: string) => book.pages.find((page) => page.file === file)!.links.map(({ url }) => url.replace(/#.*/, '')).filter((url) => url.endsWith('.md') && !url.includes(':'))
  for (const file of reached) {
    for (const url of links(file)) {
      const target = new URL(url, `file:///${file}`).pathname.slice(1)
      if (book.pages.some((page) => page.file === target)) reached.add(target)
    }
  }
  assert.equal(book.pages.map(({ file }) => file).filter((file) => !reached.has(file)), [])
})

test.run()
