// This book as its readers meet it: woven into a temporary folder, opened from the disk in a real browser.
// Runs long: other files run beside it.
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Page as Tab } from 'puppeteer'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from '../book.ts'
import { type Browser, findChromium, withBrowser } from '../browser.ts'
import { readConfig } from '../config.ts'
import { listFiles } from '../files.ts'
import { link } from '../link.ts'
import { weave } from './weave.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const config = readConfig(root)
const book = await readBook(config)
const folder = mkdtempSync(join(tmpdir(), 'reader-'))
await weave({ ...config, book: relative(root, folder) }, book)
const pages = listFiles(folder).filter((file) => file.endsWith('.html'))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const complaints: string[] = []
let browser: Browser
let endBrowser: () => void
let ended: Promise<void>

test.before(async () => {
  const chromium = await findChromium(join(root, config.cache))
  assert.ok(chromium, 'these tests need a Chromium')
  await new Promise<void>((ready, fail) => {
    ended = withBrowser(chromium!, (started) => {
      browser = started
      ready()
      return new Promise<void>((end) => (endBrowser = end))
    })
    ended.catch(fail)
  })
})

test.after(async () => {
  endBrowser?.()
  await ended
  rmSync(folder, { recursive: true, force: true })
})

function addressOf(page: string): string {
  return pathToFileURL(join(folder, page)).href
}

async function withTab<T>(use: (tab: Tab) => Promise<T>): Promise<T> {
  const tab = await browser.newPage()
  tab.on('console', (message) => complaints.push(`${tab.url()}: ${message.text()}`))
  tab.on('pageerror', (error) => complaints.push(`${tab.url()}: ${String(error)}`))
  tab.on('requestfailed', (request) => complaints.push(`${request.url()} failed`))
  try {
    return await use(tab)
  } finally {
    await tab.close()
  }
}

/** A chunk, the page that tells it, and a name that is exported in a block of that page. */
function some(): { chunk: string; name: string; page: string } {
  for (const [chunk, [first]] of link(book).chunks) {
    const exported = book.blocks.find(({ page, file, lang }) => page === first!.page && lang === 'ts' && file !== undefined && !file.includes('.test.'))
    const name = /^export (?:async )?(?:function|class|const|interface) (\w+)/m.exec(exported?.fence.lines.join('\n') ?? '')?.[1]
    const page = pages.find((path) => first!.page.file.replace(/md$/, 'html').endsWith(path))
    if (name !== undefined && page !== undefined && !first!.run) return { chunk, name, page }
  }
  throw new Error('no page of the book has a chunk and exports a name')
}

/**
 * Pieces of code that look alike are judged once a page: their colour is that of their class, and there are thousands.
 * Links and all that is not code stay.
 */
const thin = `{
  for (const details of document.querySelectorAll('details')) details.open = true
  for (const pieces of ['pre :is(i, var):not(:has(a, i, var))', 'pre i:not(:has(a))']) {
    const seen = new Set()
    for (const piece of document.querySelectorAll(pieces)) {
      const key = piece.closest('figure').className + piece.tagName + piece.className
      if (seen.has(key)) piece.replaceWith(...piece.childNodes)
      seen.add(key)
    }
  }
  document.body.normalize()
}`

async function violations(tab: Tab, options: string): Promise<string[]> {
  return (await tab.evaluate(`axe.run(document, { preload: false, resultTypes: ['violations'], ${options} }).then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html, target, any }) => [id, target, html.slice(0, 200), any[0]?.message].join(' '))))`)) as string[]
}

/** Everything that is looked at on each page, so that each is loaded once. */
async function inspect(tab: Tab, page: string, found: { wide: string[]; axe: string[]; broken: string[] }): Promise<void> {
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'light' }])
  await tab.setViewport({ width: 360, height: 640 })
  await tab.goto(addressOf(page))
  if ((await tab.evaluate('document.documentElement.scrollWidth')) !== 360) found.wide.push(page)
  const images = (await tab.evaluate('[...document.images].filter((image) => image.naturalWidth === 0).map(({ src }) => src)')) as string[]
  found.broken.push(...images)
  await tab.evaluate(thin)
  found.axe.push(...(await violations(tab, '')).map((text) => `${page}, light: ${text}`))
  await tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: 'dark' }])
  const dark = await violations(tab, "runOnly: ['color-contrast', 'link-in-text-block']")
  found.axe.push(...dark.map((text) => `${page}, dark: ${text}`))
}

/** So many pages are looked at in one test, so that each ends in time however large the book becomes. */
const portion = 20

for (let from = 0; from < pages.length; from += portion) {
  const some = pages.slice(from, from + portion)
  test(`LIT-11 axe finds nothing in either theme, no browser complains and none scrolls sideways at 360 px: ${some[0]} to ${some.at(-1)}`, async () => {
    const found = { wide: [] as string[], axe: [] as string[], broken: [] as string[] }
    const queue = [...some]
    const work = () =>
      withTab(async (tab) => {
        await tab.evaluateOnNewDocument(axe)
        for (let page = queue.shift(); page !== undefined; page = queue.shift()) await inspect(tab, page, found)
      })
    await Promise.all([work(), work()])
    assert.equal(found, { wide: [], axe: [], broken: [] })
    assert.equal(complaints, [])
  })
}

test('LIT-11 every link of every page leads to a file and an anchor that are there', () => {
  const ids = new Map(pages.map((page) => {
    const html = readFileSync(join(folder, page), 'utf8')
    return [page, { html, ids: new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id!.replaceAll('&amp;', '&'))) }]
  }))
  const broken: string[] = []
  let seen = 0
  for (const [page, { html }] of ids) {
    for (const [, text] of html.matchAll(/<[a-z][^>]*\s(?:href|src)="([^"]+)"/g)) {
      if (/^(https?|mailto|data):/.test(text!)) continue
      const url = new URL(text!.replaceAll('&amp;', '&').replaceAll('&#x26;', '&'), addressOf(page))
      const path = fileURLToPath(url)
      const there = statSync(path, { throwIfNoEntry: false })
      const target = ids.get(relative(folder, path))
      if (!there || (target && url.hash !== '' && !target.ids.has(decodeURIComponent(url.hash.slice(1))))) broken.push(`${page}: ${text}`)
      seen++
    }
  }
  assert.equal(broken, [])
  assert.ok(seen > 1000)
})

test('LIT-11 every page weighs less than 300 kB before its images, with the style and the script that it loads', () => {
  const common = ['assets/book.css', 'assets/book.js'].reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)
  const weights = pages.map((page) => [page, common + Buffer.byteLength(readFileSync(join(folder, page), 'utf8').replace(/<svg[\s\S]*?<\/svg>/g, ''))] as const)
  assert.equal(weights.filter(([, weight]) => weight >= 300_000), [])
})

test('LIT-11 the search finds a chunk and an identifier by their names, from the disk and by keyboard alone', async () => {
  const { chunk, name } = some()
  await withTab(async (tab) => {
    for (const [words, kind] of [[chunk, 'chunk'], [name, '(function|class|constant|interface|type)']]) {
      await tab.goto(addressOf('contents.html'))
      await tab.keyboard.press('/')
      await tab.type('#search', words!)
      await tab.waitForFunction(() => document.querySelectorAll('dialog li a').length > 0)
      await tab.evaluate(axe)
      assert.equal(await violations(tab, ''), [])
      assert.match(await tab.$eval('dialog li a', ({ textContent }) => textContent), new RegExp(`^${words}${kind} · `))
      await tab.keyboard.press('ArrowDown')
      await Promise.all([tab.waitForNavigation(), tab.keyboard.press('Enter')])
      assert.match(String(await tab.evaluate('document.querySelector(":target").textContent')), words!)
    }
    await tab.keyboard.press('/')
    await tab.type('#search', 'nothing is called qqxzqqy')
    await tab.waitForFunction(() => document.querySelector('dialog [role=status]')?.textContent === 'Nothing found.')
    await tab.keyboard.press('Escape')
    assert.not.ok(await tab.$('dialog[open]'))
  })
})

test('LIT-11 the Tab key alone reaches everything on a page in order, and nothing holds it', async () => {
  await withTab(async (tab) => {
    for (const page of [some().page, 'contents.html']) {
      await tab.setViewport({ width: 1280, height: 900 })
      await tab.goto(addressOf(page))
      const all = Number(await tab.evaluate(`{
        const all = [...document.querySelectorAll('a[href], button, summary, input, [tabindex="0"]')].filter((element) => element.checkVisibility() && !element.closest('dialog, details:not([open]) > :not(summary)'))
        window.reached = new Set()
        document.addEventListener('focusin', ({ target }) => reached.add(target))
        window.unreached = () => all.filter((element) => !reached.has(element)).map(({ outerHTML }) => outerHTML.slice(0, 100))
        all.length
      }`))
      for (let i = 0; i < all + 1; i++) await tab.keyboard.press('Tab')
      assert.equal(await tab.evaluate('unreached()'), [], page)
      await tab.keyboard.press('Tab')
      await tab.keyboard.press('Enter')
    }
  })
})

test('LIT-11 letters turn pages, arrows are left to screen readers, and a field keeps its letters', async () => {
  const [, first, second] = book.pages.map(({ headings }) => headings[0]!.text)
  const titleOf = (tab: Tab) => tab.$eval('h1', ({ textContent }) => textContent)
  await withTab(async (tab) => {
    await tab.goto(addressOf('contents.html'))
    await Promise.all([tab.waitForNavigation(), tab.keyboard.press('n')])
    assert.is(await titleOf(tab), first)
    await Promise.all([tab.waitForNavigation(), tab.keyboard.press('n')])
    assert.is(await titleOf(tab), second)
    await Promise.all([tab.waitForNavigation(), tab.keyboard.press('p')])
    assert.is(await titleOf(tab), first)
    await tab.evaluate(`window.taken = []; window.addEventListener('keydown', (event) => event.defaultPrevented && taken.push(event.key))`)
    for (const key of ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End', 'PageDown', 'Space'] as const) await tab.keyboard.press(key)
    assert.equal(await tab.evaluate('taken'), [])
    await tab.keyboard.press('/')
    await tab.keyboard.type('np/')
    assert.is(await tab.$eval('#search', (field) => (field as HTMLInputElement).value), 'np/')
    await tab.$eval('.keys input', (box) => (box as HTMLInputElement).click())
    await tab.keyboard.press('Escape')
    await tab.keyboard.press('n')
    assert.is(await titleOf(tab), first)
    await tab.evaluate('localStorage.clear()')
  })
})

test('LIT-11 the theme is the system’s until the reader chooses one, which holds on the next page before it is painted', async () => {
  await withTab(async (tab) => {
    const paper = () => tab.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    const set = (value: string) => tab.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }])
    await set('dark')
    await tab.goto(addressOf('contents.html'))
    const dark = await paper()
    await set('light')
    const light = await paper()
    assert.is.not(light, dark)
    await tab.evaluate(`while (document.documentElement.dataset.theme !== 'dark') document.querySelector('.tools button:last-child').click()`)
    assert.is(await paper(), dark)
    await tab.evaluateOnNewDocument(`window.papers = []; requestAnimationFrame(function look() { papers.push(getComputedStyle(document.documentElement).backgroundColor); if (papers.length < 5) requestAnimationFrame(look) })`)
    await tab.goto(addressOf(some().page))
    await tab.waitForFunction('papers.length === 5')
    assert.equal(new Set((await tab.evaluate('papers')) as string[]), new Set([dark]))
    await tab.evaluate('localStorage.clear()')
  })
})

test('LIT-11 a name shows its type under the pointer, goes with Escape, and a block lists its types by keyboard', async () => {
  await withTab(async (tab) => {
    await tab.goto(addressOf(some().page))
    const name = (await tab.$('pre[data-types] var'))!
    const word = await name.evaluate(({ textContent }) => textContent)
    await name.hover()
    await tab.waitForFunction(() => document.querySelector<HTMLElement>('#type')?.hidden === false)
    assert.match(await tab.$eval('#type', ({ textContent }) => textContent), word)
    await tab.keyboard.press('Escape')
    assert.ok(await tab.$eval('#type', (tip) => (tip as HTMLElement).hidden))
    await tab.$eval('figure:has(pre[data-types]) .buttons button', (button) => (button as HTMLElement).focus())
    await tab.keyboard.press('Enter')
    await tab.waitForSelector('.types li')
    assert.match(await tab.$eval('.types', ({ textContent }) => textContent), word)
    await tab.evaluate(axe + thin)
    assert.equal(await violations(tab, ''), [])
  })
})

test('LIT-11 paper shows all: nothing folded, nothing cut off, no frame around it', async () => {
  await withTab(async (tab) => {
    await tab.goto(addressOf(some().page))
    await tab.setViewport({ width: 700, height: 900 })
    await tab.emulateMediaType('print')
    const hidden = `[...document.querySelectorAll('main details :not(.buttons, .buttons *), main pre, main table')].filter((element) => element.getBoundingClientRect().height === 0 || element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible').map(({ outerHTML }) => outerHTML.slice(0, 80))`
    assert.ok(Number(await tab.evaluate(`document.querySelectorAll('main details').length`)) > 0)
    assert.equal(await tab.evaluate(hidden), [])
    assert.equal(await tab.evaluate(`[...document.querySelectorAll('.top, footer, .beside, .buttons')].filter((element) => element.checkVisibility()).length`), 0)
  })
})

test.run()
