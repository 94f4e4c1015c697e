import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { chart } from './chart.ts'
import type { Result } from './result.ts'
import { sample } from './sample.ts'
import { isChartOf } from './stamp.ts'

const drawn = await chart(sample)
const named = (name: string): Result => ({ ...sample, rows: [{ ...sample.rows[0]!, name }], baseline: [] })

/** The left end of each label, if every letter is as wide as the widest of a usual font. */
function leftmost(svg: string): number {
  const labels = /<g aria-label="text" text-anchor="end"[^>]*>(.*?)<\/g>/.exec(svg)![1]!
  return Math.min(...[...labels.matchAll(/translate\(([\d.]+),[^>]*>(.*?)<\/text>/g)].map(([, x, inside]) => {
    const lines = inside!.split(/<\/tspan>/).map((line) => line.replace(/<[^>]*>/g, ''))
    return Number(x) - 10 - Math.max(...lines.map((line) => line.length)) * 7.2
  }))
}

test('LIT-10 the same data gives the same bytes', async () => {
  assert.is(await chart(structuredClone(sample)), drawn)
})

test('LIT-10 each sample is a dot, each median a bar, each target a dashed one', () => {
  assert.is(drawn.match(/<circle /g)!.length, 10)
  assert.is(/stroke-width="3">(.*?)<\/g>/.exec(drawn)![1]!.match(/<line /g)!.length, 3)
  assert.is(/stroke-dasharray="4 3">(.*?)<\/g>/.exec(drawn)![1]!.match(/<line /g)!.length, 2)
})

test('LIT-10 medians far apart are drawn on a logarithmic scale, near ones from zero', async () => {
  assert.match(drawn, '>10,000<')
  assert.not.match(drawn, '>0<')
  assert.match(await chart({ ...sample, rows: sample.rows.slice(0, 1) }), '>0<')
})

test('LIT-10 labels are never cut off: the margin grows, then the label breaks', async () => {
  for (const name of ['a', 'a name of middling length', 'word '.repeat(30).trim(), 'x'.repeat(200)]) {
    assert.ok(leftmost(await chart(named(name))) >= 0, name)
  }
})

test('LIT-10 the chart has a title, says in words what it shows, and follows the theme', () => {
  assert.match(drawn, '<title id="patterns-box-title">How fast does a box fill?</title>')
  assert.match(drawn, /role="img".*aria-labelledby="patterns-box-title" aria-describedby="patterns-box-desc"/)
  assert.match(drawn, 'by mail &amp; hope 8.3.</desc>')
  assert.match(drawn, 'prefers-color-scheme:dark')
})

test('LIT-10 a chart is known as that of its data, until either is touched', () => {
  assert.ok(isChartOf(drawn, sample))
  assert.ok(isChartOf(drawn.replace(/\n/g, '\r\n'), sample))
  assert.not(isChartOf(drawn.replace('How fast', 'How slow'), sample))
  assert.not(isChartOf(drawn, { ...sample, runs: 4 }))
})

test('LIT-10 samples below zero, or all alike, can be drawn', async () => {
  for (const samples of [[-5, 5], [0, 0], [7]]) assert.match(await chart({ ...sample, rows: [{ ...sample.rows[0]!, samples }] }), '<circle ')
})

test.run()
