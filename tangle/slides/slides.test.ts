// A deck is opened from the disk in a real browser: keys turn it, a screen reader is led, paper shows all of it.
// Runs long: other files run beside it.
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Page as Tab } from 'puppeteer'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from '../book.ts'
import { findChromium, withBrowser } from '../browser.ts'
import { readConfig } from '../config.ts'
import { configOf, fence, loom, plant } from '../testing.ts'
import { slides } from './slides.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

const section = [
  '# Sums: what is more', '', 'Ann adds. Bob adds [too](README.md). Who is right?', '',
  '**Contract**', '', '- P1. A sum is <whole>.', '', '## The obvious way', '',
  fence('sh run', 'echo 1 "<" 2'), fence('text output', '1 < 2'),
  '## The way', '', '**Add them.** All of them.', '',
  fence('ts name="add them"', 'export const sum = 3 // & more'), fence('ts file=sums/sums.ts', '// <<add them>>'),
  '## Exercises', '', '**add-up** *(change)* Add `all` of them.', '', '*You are done when*', '', '- the sum is <right>', '',
  '<details><summary>Hint</summary>', '', 'Add.', '', '</details>', '',
  fence('ts exercise=add-up part=starter', 'export {}'),
  fence('ts exercise=add-up part=test', "test('the sum is <right>', () => {})"),
  fence('ts exercise=add-up part=solution', 'export {}'),
].join('\n')

function plantBook(text = section): string {
  const folder = plant({ 'chapters/01-sums/README.md': '# All sums\n\nAdding is old.\n', 'chapters/01-sums/01-sums.md': text, 'chapters/02-none/01-list.md': '# A list\n\n- of things\n', 'README.md': '# The book\n', 'loom.json': '{"documents":["README.md","chapters"]}' })
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  return folder
}

test('a deck has the opening, the question, the contract, the obvious way and the exercises of its sections', async () => {
  const folder = plantBook()
  const config = configOf(folder)
  const { decks, slides: count } = await slides(config, await readBook(config))
  assert.equal([decks, count], [1, 5])
  const html = readFileSync(join(folder, 'book/slides/01-sums.html'), 'utf8')
  const titles = [...html.matchAll(/<h1 [^>]*>(.*?)<\/h1>/g)].map(([, title]) => title)
  assert.equal(titles, ['All sums', 'Sums: what is more', 'Contract', 'The obvious way', 'add-up (change)'])
  assert.match(html, 'Bob adds too. Who is right?')
  assert.match(html, '<li>the sum is &lt;right&gt;</li>')
  assert.match(html, /1 &lt; 2<\/code>/)
  assert.not.match(html, /(?:src|href)="(?!index\.html)/, 'nothing but the list of decks is linked')
  assert.not.ok(existsSync(join(folder, 'book/slides/02-none.html')), 'a chapter with nothing to show has no deck')
})

test('a block that says slide is shown in the place of the obvious way, and a second run writes nothing', async () => {
  const folder = plantBook(section.replace('ts name="add them"', 'ts name="add them" slide'))
  const first = await loom(folder, 'slides')
  assert.match(first.stdout, '1 decks of 5 slides in book/slides/, 2 files written', first.stderr)
  assert.match((await loom(folder, 'slides')).stdout, '0 files written')
  const html = readFileSync(join(folder, 'book/slides/01-sums.html'), 'utf8')
  assert.match(html, />Add them<\/h1>/)
  assert.not.match(html, '1 &lt; 2')
})

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core'), 'utf8')
async function violations(tab: Tab): Promise<string[]> {
  await tab.evaluate(axe)
  return (await tab.evaluate(`axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ' ' + nodes[0].html))`)) as string[]
}

test("this book's decks turn by keys alone, print whole, and axe finds nothing in either theme", async () => {
  const chromium = await findChromium(join(root, '.loom'))
  assert.ok(chromium, 'no Chromium')
  const config = readConfig(root)
  const folder = plant({})
  symlinkSync(join(root, config.diagrams), join(folder, config.diagrams))
  await slides({ ...config, root: folder }, await readBook(config))
  await withBrowser(chromium!, async (browser) => {
    const tab = await browser.newPage()
    const errors: string[] = []
    tab.on('pageerror', (error) => errors.push(String(error)))
    tab.on('console', (message) => message.type() === 'error' && errors.push(message.text()))
    const url = pathToFileURL(join(folder, 'book/slides/00-foundations.html')).href
    for (const theme of ['light', 'dark']) {
      await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: theme }])
      for (const number of [1, 2, 3, 4, 5, 6]) {
        await tab.goto('about:blank')
        await tab.goto(`${url}#${number}`)
        assert.equal(await violations(tab), [], `slide ${number}, ${theme}`)
      }
    }
    await tab.goto('about:blank')
    await tab.goto(url)
    const shown = () => tab.evaluate("[...document.querySelectorAll('.slide:not([hidden])')].map(({ id }) => id).join()")
    const settled = async (id: string) => tab.waitForFunction(`document.querySelector('.slide:not([hidden])').id === '${id}'`, { timeout: 5000 })
    const count = (await tab.evaluate("document.querySelectorAll('.slide').length")) as number
    assert.is(await shown(), '1')
    for (const [key, id] of [['ArrowRight', '2'], ['Space', '3'], ['PageUp', '2'], ['End', String(count)], ['ArrowRight', String(count)], ['Home', '1']] as const) {
      await tab.keyboard.press(key)
      await settled(id)
      assert.is(await shown(), id, key)
    }
    await tab.keyboard.press('ArrowRight')
    await settled('2')
    assert.is(await tab.evaluate("document.activeElement.id"), 'title-2', 'the title has the focus')
    const pdf = Buffer.from(await tab.pdf({ preferCSSPageSize: true }))
    const pages = pdf.toString('latin1').match(/\/Type\s*\/Page\b/g)!.length
    assert.ok(pages >= count, `${pages} pages for ${count} slides`)
    await tab.setViewport({ width: 360, height: 640 })
    assert.is(await tab.evaluate('document.documentElement.scrollWidth'), 360, 'no scrolling sideways on a phone')
    assert.equal(errors, [])
  })
})

test.run()
