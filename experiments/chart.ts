// The chart of a result: each sample a dot, each median a bar, as an SVG that is the same bytes every time.
// To draw differently, raise `form` in stamp.ts: then the charts of before are seen as stale.
import * as Plot from '@observablehq/plot'
import { type MeasuredRow, type Result, samplesOf, targetOf } from './result.ts'
import { seal, stampOf } from './stamp.ts'
import { formatSummary, summarize } from './statistics.ts'
import { alternative } from './table.ts'

const width = 760
const rowHeight = 36
const fontSize = 13
/** Of a wide letter of a usual sans-serif: measured as too wide rather than too narrow, since nothing may be cut off. */
const letterWidth = 7.4
const bold = 1.15
const labelWidthMax = 290
/** Medians that differ by more than this are drawn on a logarithmic scale. */
const logarithmicFrom = 30
// Colours that can be read on white and on black. The ink follows the theme where the viewer tells it.
const colors = { dot: '#4a8fd6', bar: '#d1651a', target: '#3a9a55', ink: '#6b7178', inkDark: '#a3a9b1' }

interface Line {
  label: string
  heading: boolean
  row?: MeasuredRow
}

/** The result as SVG text. */
export async function chart(result: Result): Promise<string> {
  const { JSDOM } = (await import('jsdom' as string)) as { JSDOM: new () => { window: { document: Document } } }
  const { document } = new JSDOM().window
  const svg = draw(result, document)
  label(svg, result, document)
  return seal(`${svg.outerHTML}\n`)
}

function draw(result: Result, document: Document): Element {
  const lines = linesOf(result.rows)
  const samples = result.rows.flatMap(samplesOf)
  const medians = result.rows.map((row) => summarize(samplesOf(row)).median)
  const logarithmic = Math.min(...samples) > 0 && Math.max(...medians) / Math.min(...medians) > logarithmicFrom
  const targets = lines.flatMap(({ row }, y) => (row ? targetOf(result, row).map((x) => ({ x, y })) : []))
  const all = [...samples, ...targets.map(({ x }) => x)]
  const labels = lines.map(({ label, heading }) => wrap(label, Math.floor(labelWidthMax / letterWidth / (heading ? bold : 1))))
  const title = wrap(result.question, Math.floor((width - 20) / (letterWidth * bold * 1.05)))
  const legend = `${result.unit}, ${result.better} is better; a dot is a sample, a bar the median${targets.length > 0 ? ', dashes a target' : ''}${logarithmic ? '; logarithmic scale' : ''}`
  const dots = lines.flatMap(({ row }, y) => (row ? samplesOf(row).map((x, i) => ({ x, y: y + scatter(i) })) : []))
  const bars = lines.flatMap(({ row }, y) => (row ? [{ x: summarize(samplesOf(row)).median, y, text: medianText(row) }] : []))
  const marginTop = 38 + title.length * 20
  const left = { frameAnchor: 'left', dx: -10, textAnchor: 'end', lineHeight: 1.15 } as const
  const ticks = logarithmic ? powers(decades(all)) : 6
  const top = { frameAnchor: 'top-left', lineAnchor: 'top', textAnchor: 'start', lineHeight: 1.4 } as const
  const y = { y1: ({ y }: { y: number }) => y - 0.34, y2: ({ y }: { y: number }) => y + 0.34 }
  return Plot.plot({
    document,
    className: 'chart',
    width,
    height: marginTop + lines.length * rowHeight + 30,
    marginTop,
    marginBottom: 30,
    marginLeft: 22 + Math.ceil(Math.max(...labels.flatMap((texts, i) => texts.map((text) => widthOf(text) * (lines[i]!.heading ? bold : 1))))),
    marginRight: 20 + Math.ceil(Math.max(...bars.map(({ text }) => widthOf(text)))),
    style: { fontSize: `${fontSize}px`, fontFamily: 'system-ui, sans-serif', background: 'none', color: '' },
    x: { type: logarithmic ? 'log' : 'linear', domain: logarithmic ? decades(all) : [Math.min(0, ...all), Math.max(...all)], nice: !logarithmic },
    y: { type: 'linear', domain: [-0.5, lines.length - 0.5], reverse: true, axis: null },
    marks: [
      Plot.gridX({ ticks, stroke: 'currentColor', strokeOpacity: 0.25 }),
      Plot.axisX({ label: null, fontSize, tickSize: 4, tickFormat: tickText, ticks }),
      Plot.ruleX(targets, { x: 'x', ...y, stroke: colors.target, strokeWidth: 2, strokeDasharray: '4 3' }),
      Plot.dot(dots, { x: 'x', y: 'y', r: 3.2, fill: colors.dot, fillOpacity: 0.75 }),
      Plot.ruleX(bars, { x: 'x', ...y, stroke: colors.bar, strokeWidth: 3 }),
      Plot.text(lines.flatMap(({ heading }, y) => (heading ? [] : [{ y, text: labels[y]!.join('\n') }])), { ...left, y: 'y', text: 'text' }),
      Plot.text(lines.flatMap(({ heading }, y) => (heading ? [{ y, text: labels[y]!.join('\n') }] : [])), { ...left, y: 'y', text: 'text', fontWeight: 'bold' }),
      Plot.text(bars, { frameAnchor: 'right', dx: 10, textAnchor: 'start', y: 'y', text: 'text', fontVariant: 'tabular-nums' }),
      Plot.text([title.join('\n')], { ...top, fontSize: 14, fontWeight: 'bold', className: 'top' }),
      Plot.text([legend], { ...top, className: 'top' }),
    ],
  })
}

/** What an image alone needs: its namespace, a name for who listens, and ink for both themes. */
function label(svg: Element, result: Result, document: Document): void {
  const id = result.experiment.replace(/\W+/g, '-')
  const add = (name: string, text: string) => {
    const element = document.createElementNS('http://www.w3.org/2000/svg', name)
    element.textContent = text
    svg.prepend(element)
    return element
  }
  add('style', `.chart{color:${colors.ink}}@media(prefers-color-scheme:dark){.chart{color:${colors.inkDark}}}`)
  add('desc', alternative(result)).setAttribute('id', `${id}-desc`)
  add('title', result.question).setAttribute('id', `${id}-title`)
  svg.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  svg.setAttribute('role', 'img')
  svg.setAttribute('color', colors.ink)
  svg.setAttribute('aria-labelledby', `${id}-title`)
  svg.setAttribute('aria-describedby', `${id}-desc`)
  svg.setAttribute('data-result', stampOf(result))
  // Title and legend begin where the image does, and not at the frame.
  for (const [i, text] of [...svg.querySelectorAll('.top text')].entries()) {
    const above = i === 0 ? 0 : text.parentElement!.previousElementSibling!.querySelectorAll('tspan').length || 1
    text.setAttribute('transform', `translate(10,${6 + above * 20})`)
  }
  // Two digits after the point are finer than any screen, and the same whatever computed the logarithms.
  for (const element of svg.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      element.setAttribute(name, value.replace(/-?\d+\.\d{3,}/g, (number) => String(Number(Number(number).toFixed(2)))))
    }
  }
}

function linesOf(rows: MeasuredRow[]): Line[] {
  let group: string | undefined
  return rows.flatMap((row) => {
    const heading = row.group !== undefined && row.group !== group ? [{ label: row.group, heading: true }] : []
    group = row.group
    return [...heading, { label: row.name, heading: false, row }]
  })
}

function medianText(row: MeasuredRow): string {
  return formatSummary(summarize(samplesOf(row))).median
}

/** Moves a dot up or down a little, so that equal samples do not hide each other; always in the same way. */
function scatter(index: number): number {
  return ((((index + 1) * 0.618034) % 1) - 0.5) * 0.5
}

function decades(values: number[]): [number, number] {
  return [Math.min(...values) * 0.8, Math.max(...values) * 1.25]
}

function powers([low, high]: [number, number]): number[] {
  const from = Math.ceil(Math.log10(low))
  return Array.from({ length: Math.floor(Math.log10(high)) - from + 1 }, (_, i) => Number(`1e${from + i}`))
}

function tickText(value: number): string {
  return value >= 1e6 ? `${(value / 1e6).toLocaleString('en-US')} M` : value.toLocaleString('en-US', { maximumFractionDigits: 9 })
}

function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 2 : 1) * letterWidth, 0)
}

/** Breaks a text into lines of at most `most` letters, between words where it can. */
function wrap(text: string, most: number): string[] {
  const pieces = text.split(/\s+/).flatMap((word) => word.match(new RegExp(`.{1,${most}}`, 'gu')) ?? [])
  return pieces.reduce<string[]>((lines, piece) => {
    const last = lines.at(-1)
    if (last !== undefined && last.length + 1 + piece.length <= most) lines[lines.length - 1] = `${last} ${piece}`
    else lines.push(piece)
    return lines
  }, [])
}
