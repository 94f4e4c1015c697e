// The data of an experiment: raw samples and where they come from, one line a row, so that a diff can be read.
import { digest } from '../tangle/files.ts'
import type { Problem } from '../tangle/problem.ts'
import type { Setting } from './setting.ts'
import { settingKey } from './setting.ts'
import { percentile } from './statistics.ts'

/** A row as it was measured. `setting` is the key of the machine and software that measured it. */
export interface MeasuredRow {
  name: string
  group?: string
  target?: number
  targetRatio?: number
  setting: string
  /** When its last round ended, ISO 8601 in UTC. */
  date: string
  /** The commit that was measured; `dirty` when code that is not in it took part. */
  commit: string
  dirty: boolean
  /** The machine's load average over one minute, before the first round. */
  load: number
  /** One entry a round: a number, or several when a round yields several. */
  samples: (number | number[])[]
}

export interface Result {
  /** `patterns/maildir` */
  experiment: string
  question: string
  unit: string
  better: 'higher' | 'lower'
  baseline: string[]
  runs: number
  setting: Setting
  rows: MeasuredRow[]
}

/** All samples of a row, whatever round they are of. */
export function samplesOf({ samples }: Pick<MeasuredRow, 'samples'>): number[] {
  return samples.flat()
}

/** The row that `row` is compared with: the baseline of its group. */
export function baselineOf({ rows, baseline }: Result, row: MeasuredRow): MeasuredRow | undefined {
  const alone = baseline.length === 1
  return rows.find(({ name, group }) => baseline.includes(name) && (alone || group === row.group))
}

/** The bar that is set for `row`, in the result's unit: none or one. */
export function targetOf(result: Result, row: MeasuredRow): number[] {
  if (row.target !== undefined) return [row.target]
  const base = row.targetRatio === undefined ? undefined : baselineOf(result, row)
  return base ? [row.targetRatio! * percentile(samplesOf(base), 0.5)] : []
}

/** The file's text. Its last line is a checksum of all that stands before. */
export function formatResult(result: Result): string {
  const { rows, ...head } = result
  const lines = Object.entries(head).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},`)
  const body = ['{', ...lines, '  "rows": [', rows.map((row) => `    ${JSON.stringify(row)}`).join(',\n'), '  ],'].join('\n')
  return `${body}\n  "checksum": "${checksumOf(body)}"\n}\n`
}

/** The checksum of a result, which its chart carries too. */
export function checksum(result: Result): string {
  return /"checksum": "(\w+)"\n\}\n$/.exec(formatResult(result))![1]!
}

function checksumOf(body: string): string {
  return digest(body.replace(/\r\n/g, '\n')).slice(0, 32)
}

/** Reads a result's text. `file` names it in problems; a result with problems is not to be shown to anybody. */
export function readResult(text: string, file: string): { result?: Result; problems: Problem[] } {
  const problem = (line: number, message: string, hint?: string): Problem => ({ file, line, column: 1, message, hint })
  const lines = text.split(/\r?\n/)
  let result: Result & { checksum?: string }
  try {
    result = JSON.parse(text)
    if (!Array.isArray(result.rows) || !result.setting) throw new Error('it has no rows or no setting')
  } catch (error) {
    return { problems: [problem(1, `not the data of an experiment: ${(error as Error).message}`, 'run the experiment again')] }
  }
  const problems: Problem[] = []
  const end = lines.findIndex((line) => line.startsWith('  "checksum": '))
  if (end < 0 || result.checksum !== checksumOf(lines.slice(0, end).join('\n'))) {
    problems.push(problem(Math.max(end, 0) + 1, 'the data was edited by hand: its checksum is another', 'bring the file back, or run the experiment again'))
  }
  const key = settingKey(result.setting)
  for (const row of result.rows.filter(({ setting }) => setting !== key)) {
    const line = lines.findIndex((text) => text.includes(`{"name":${JSON.stringify(row.name)},`)) + 1
    problems.push(problem(Math.max(line, 1), `the row '${row.name}' was measured on another machine or software than the file says`, 'rows of different machines must not share a table: run the whole experiment again'))
  }
  const { checksum: _, ...bare } = result
  return { result: bare, problems }
}
