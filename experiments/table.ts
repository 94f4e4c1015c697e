// What a chapter shows of a result: the table, the chart, and a line that says where the numbers come from.
// Cells are padded as Markdown formatters pad them, so that formatting a chapter changes nothing here.
import { baselineOf, type MeasuredRow, type Result, samplesOf, targetOf } from './result.ts'
import { formatRatio, formatSummary, formatTo, stepOf, summarize } from './statistics.ts'

/** The lines that belong between the markers. `chart` is the chart's address as seen from the chapter. */
export function section(result: Result, chart: string): string[] {
  return ['', ...table(result), '', `![${escape(alternative(result))}](${chart})`, '', `_${escape(provenance(result))}_`, '']
}

/** A sentence that says what the chart shows to who does not see it. */
export function alternative({ unit, rows }: Result): string {
  const phrases = rows.map((row) => `${row.name} ${formatSummary(summarize(samplesOf(row))).median}`)
  return `Chart of ${unit} by row, each sample a dot, with the medians ${phrases.join(', ')}.`
}

export function provenance({ rows, setting, runs }: Result): string {
  const days = unique(rows.map(({ date }) => date.slice(0, 10)))
  const commits = unique(rows.map(({ commit, dirty }) => `${commit}${dirty ? ' with changes on top' : ''}`))
  const { filesystem } = setting
  const load = Math.max(...rows.map((row) => row.load))
  return [
    `Measured ${days.length > 1 ? `from ${days[0]} to ${days.at(-1)}` : `on ${days[0]}`} at commit ${commits.join(' and ')}`,
    `${setting.cpu}, ${setting.cpus} ${setting.cpus === 1 ? 'processor' : 'processors'}, ${setting.memoryGiB} GiB`,
    setting.kernel,
    `${filesystem.type} (${filesystem.options})`,
    `Node ${setting.node}`,
    ...Object.entries(setting.versions).map(([name, version]) => `${name} ${version}`),
    `${runs} ${runs === 1 ? 'run' : 'runs'} of each row, in turn`,
    ...(load > setting.cpus / 2 ? [`on a busy machine, its load average being ${load} before`] : []),
  ].join('; ').concat('.')
}

function table(result: Result): string[] {
  const targets = result.rows.some((row) => targetOf(result, row).length > 0)
  const compared = result.baseline.length > 0
  const only = <T>(condition: boolean, value: T) => (condition ? [value] : [])
  const head = ['', `median, ${result.unit}`, 'p10–p90', ...only(compared, 'ratio'), ...only(targets, 'target')]
  let group: string | undefined
  const body = result.rows.flatMap((row) => {
    const heading = row.group !== undefined && row.group !== group ? [[`**${escape(row.group)}**`]] : []
    group = row.group
    const { median, low, high } = formatSummary(summarize(samplesOf(row)))
    const cells = [escape(row.name), median, `${low}–${high}`]
    return [...heading, [...cells, ...only(compared, ratioOf(result, row)), ...only(targets, verdict(result, row))]]
  })
  return align([head.map(escape), ...body])
}

function ratioOf(result: Result, row: MeasuredRow): string {
  const base = baselineOf(result, row)
  if (base === row) return 'baseline'
  return base ? formatRatio(medianOf(row) / medianOf(base)) : ''
}

/** `≤ 2,500 met`: the bar that was set, and whether the median reaches it. */
function verdict(result: Result, row: MeasuredRow): string {
  const [target] = targetOf(result, row)
  if (target === undefined) return ''
  const met = result.better === 'higher' ? medianOf(row) >= target : medianOf(row) <= target
  const bar = row.target === undefined ? `${row.targetRatio}×` : formatTo(target, stepOf({ median: target, low: target, high: target }))
  return `${result.better === 'higher' ? '≥' : '≤'} ${bar} ${met ? 'met' : 'missed'}`
}

function medianOf(row: MeasuredRow): number {
  return summarize(samplesOf(row)).median
}

/** Lays cells out as a GFM table: the first column to the left, numbers to the right. */
function align(rows: string[][]): string[] {
  const columns = rows[0]!.map((_, i) => Math.max(4, ...rows.map((cells) => widthOf(cells[i] ?? ''))))
  const line = (cells: string[]) => {
    const padded = columns.map((width, i) => {
      const blanks = ' '.repeat(width - widthOf(cells[i] ?? ''))
      return i === 0 ? `${cells[i] ?? ''}${blanks}` : `${blanks}${cells[i] ?? ''}`
    })
    return `| ${padded.join(' | ')} |`
  }
  const rule = columns.map((width, i) => (i === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(rows[0]!), `| ${rule.join(' | ')} |`, ...rows.slice(1).map(line)]
}

/** Letters of East Asian scripts take two columns. */
function widthOf(text: string): number {
  return [...text].reduce((sum, letter) => sum + (letter.codePointAt(0)! > 0x2e7f ? 2 : 1), 0)
}

/** Text that Markdown shall not take for anything else. An underscore inside a word is safe as it is. */
function escape(text: string): string {
  return text.replace(/[\\`*[\]<|]/g, '\\$&').replace(/(?<!\w)_|_(?!\w)/g, '\\_')
}

function unique(values: string[]): string[] {
  return [...new Set(values)].sort()
}
