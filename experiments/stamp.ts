// What a chart carries so that it can be checked without being drawn again.
import { digest } from '../tangle/files.ts'
import { checksum, type Result } from './result.ts'

/** The way charts are drawn. */
const form = 1

/** Stands in the chart and says which data it is of, and in which form it was drawn. */
export function stampOf(result: Result): string {
  return `${form}-${checksum(result)}`
}

/** Ends an SVG with the digest of its own text. */
export function seal(text: string): string {
  return `${text}<!-- ${sumOf(text)} -->\n`
}

/** Whether `svg` was drawn from `result` in today's form and not touched since. */
export function isChartOf(svg: string, result: Result): boolean {
  const lines = svg.replace(/\r\n/g, '\n')
  const text = lines.slice(0, lines.lastIndexOf('<!-- '))
  return lines === seal(text) && text.includes(` data-result="${stampOf(result)}"`)
}

function sumOf(text: string): string {
  return digest(text).slice(0, 32)
}
