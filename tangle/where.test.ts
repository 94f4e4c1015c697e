// A small book, and the question both ways: where is this line told, and where does it land?
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { Problems } from './problem.ts'
import { tangle } from './tangle.ts'
import { configOf, fence, plant } from './testing.ts'
import { where } from './where.ts'

const page = [
  '# Maildir', // 1
  '',
  '## Delivery', // 3
  '',
  fence('ts file=mail.ts', 'deliver()', '// <<claim it>>'), // 5 to 8
  '**Claim it.** Twice:', // 10
  '',
  '- in a list', // 12
  '',
  '  ```ts name="claim it"', // 14
  '  claim()',
  '  ```',
  '',
  fence('ts file=mail.test.ts', '// <<claim it>>'), // 18 to 20
].join('\n')

async function book() {
  const config = configOf(plant({ 'ch.md': page }))
  await tangle(config)
  return readBook(config)
}

test('LIT-8 a line of a tangled file is told with its chapter line, heading, chunk and test', async () => {
  assert.equal(where(await book(), 'generated/mail.ts:4'), [
    { chapter: 'ch.md:15', generated: 'generated/mail.ts:4', heading: 'Delivery', chunk: 'claim it', test: 'generated/mail.test.ts' },
  ])
})

test('LIT-8 a line of a chapter is told with every place where it lands', async () => {
  const spots = where(await book(), 'ch.md:15').map(({ generated }) => generated)
  assert.equal(spots, ['generated/mail.ts:4', 'generated/mail.test.ts:3'])
})

for (const [what, at, message] of [
  ['prose', 'ch.md:10', /prose/],
  ["the loom's own header", 'generated/mail.ts:1', /own/],
  ['a line past the end', 'generated/mail.ts:99', /the file has 4 lines/],
  ['a file that is not of the book', 'generated/mial.ts:1', /did you mean generated\/mail.ts/],
] as const) {
  test(`where answers ${what} with a reason`, async () => {
    const asked = await book()
    try {
      where(asked, at)
      assert.unreachable()
    } catch (error) {
      assert.instance(error, Problems)
      assert.match((error as Error).message, message)
    }
  })
}

test.run()
