// From measured rows to a file: what may replace what.
import { join } from 'node:path'
import type { Config } from '../tangle/config.ts'
import { readIfThere, replaceFile } from '../tangle/files.ts'
import { type Experiment, Refusal, runsDefault } from './experiment.ts'
import type { Measured } from './measure.ts'
import { dataFile } from './report.ts'
import { formatResult, type MeasuredRow, readResult, type Result } from './result.ts'
import { differences, type Setting, settingKey } from './setting.ts'

/** What holds for all rows of one run. */
export interface Run {
  name: string
  experiment: Experiment
  setting: Setting
  commit: string
  dirty: boolean
  load: number
  rounds: number
  quick: boolean
  /** The rows asked for; [] is all of them. */
  only: string[]
}

/** Whether a run counts: quick ones, and ones of fewer rounds than the experiment asks for, do not. */
export function isFull({ quick, rounds, experiment }: Pick<Run, 'quick' | 'rounds' | 'experiment'>): boolean {
  return !quick && rounds >= (experiment.runs ?? runsDefault)
}

/** The file that a run goes to, relative to the book's root: only a full one goes where chapters look. */
export function target(config: Config, run: Run): string {
  return isFull(run) ? dataFile(config, run.name) : `${config.cache}/experiments/${run.name}.json`
}

/**
 * The result that `--only` completes, or undefined when all rows are measured anew.
 * Throws a Refusal that says why rows of then and now must not stand in one table.
 */
export function existing(config: Config, run: Run): Result | undefined {
  if (run.only.length === 0) return undefined
  const file = target(config, run)
  const text = readIfThere(join(config.root, file))
  if (text === undefined) {
    if (!isFull(run)) return undefined
    throw new Refusal(`${file}: there is nothing yet that --only could complete; measure all rows first`)
  }
  const { result, problems } = readResult(text, file)
  if (!result || problems.length > 0) throw new Refusal(problems.map(({ message }) => `${file}: ${message}`).join('\n'))
  const { unit, better } = run.experiment
  const changed = [
    ...differences(result.setting, run.setting),
    ...(result.runs === run.rounds ? [] : [`runs were ${result.runs} and are ${run.rounds}`]),
    ...(result.unit === unit && result.better === better ? [] : [`the unit was ${result.unit}, ${result.better} being better, and is ${unit}, ${better}`]),
  ]
  if (changed.length === 0) return result
  // What a quick run left behind is of no value: it is replaced without asking.
  if (!isFull(run)) return undefined
  throw new Refusal([`${file}: rows of then and now must not share a table, since`, ...changed.map((one) => `  ${one}`), 'measure all rows again, without --only'].join('\n'))
}

/** The result of a run; rows that were not measured now are taken over from `before`. */
export function resultOf(run: Run, measured: Map<string, Measured>, before?: Result): Result {
  const { experiment, setting, commit, dirty, load } = run
  const rows = experiment.rows.flatMap(({ name, group, target, targetRatio }): MeasuredRow[] => {
    const now = measured.get(name)
    const old = before?.rows.find((row) => row.name === name)
    if (!now) return old ? [{ ...old, ...given({ group, target, targetRatio }) }] : []
    return [{ name, ...given({ group, target, targetRatio }), setting: settingKey(setting), date: now.date, commit, dirty, load, samples: now.samples }]
  })
  const { question, unit, better, baseline = [] } = experiment
  return { experiment: run.name, question, unit, better, baseline: [baseline].flat(), runs: run.rounds, setting, rows }
}

/** Writes the result where it belongs and returns that file. */
export function record(config: Config, run: Run, result: Result): string {
  const file = target(config, run)
  replaceFile(join(config.root, file), formatResult(result))
  return file
}

/** The row's own keys, without those that have no value. */
function given(row: Record<'group' | 'target' | 'targetRatio', unknown>): Partial<MeasuredRow> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined))
}
