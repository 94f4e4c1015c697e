// The rounds of an experiment: every row once a round, in another order each time, each in a process and a folder of its own.
import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../tangle/files.ts'
import { type Experiment, Refusal, type Row, timeoutDefaultMs } from './experiment.ts'
import type { Answer, Task } from './row.ts'
import { keepDigits } from './statistics.ts'

export interface Order {
  /** Absolute path of the experiment's program. */
  program: string
  experiment: Experiment
  /** The rows that take part. */
  rows: Row[]
  rounds: number
  quick: boolean
  /** Where folders for the rows are made. */
  base: string
  /** The folder whose package.json names the peers. */
  peers: string
  signal: AbortSignal
  report(line: string): void
}

/** What a row gave, in all rounds. */
export interface Measured {
  samples: (number | number[])[]
  /** When its last round ended. */
  date: string
}

/** Measures. Throws a Refusal when a row fails, takes too long, or the reader gives up. */
export async function measure(order: Order): Promise<Map<string, Measured>> {
  const measured = new Map<string, Measured>(order.rows.map(({ name }) => [name, { samples: [], date: '' }]))
  const wide = Math.max(...order.rows.map(({ name }) => name.length))
  for (let round = 0; round < order.rounds; round++) {
    for (const row of turn(order.rows, round)) {
      const samples = (await runRow(order, row, round)).map(keepDigits)
      const into = measured.get(row.name)!
      into.samples.push(samples.length === 1 ? samples[0]! : samples)
      into.date = new Date().toISOString()
      const shown = samples.map((sample) => sample.toLocaleString('en-US')).join('  ')
      order.report(`${String(round + 1).padStart(3)}/${order.rounds}  ${row.name.padEnd(wide)}  ${shown} ${order.experiment.unit}`)
    }
  }
  return measured
}

/** The order of a round: each begins with another row, and every second one goes backwards, so that no row always follows the same one. */
export function turn<T>(rows: readonly T[], round: number): T[] {
  const first = round % rows.length
  const turned = [...rows.slice(first), ...rows.slice(0, first)]
  return round % 2 === 0 ? turned : turned.reverse()
}

async function runRow(order: Order, row: Row, round: number): Promise<number[]> {
  const folder = mkdtempSync(join(order.base, 'row-'))
  const { program, quick, peers } = order
  try {
    return await inChild({ program, row: row.name, folder, quick, round, peers }, order)
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  }
}

/** The flags with which a child runs TypeScript wherever its working folder is, and names chapters in its stack traces. */
const flags = [
  '--conditions=source',
  '--import', new URL('../tangle/hooks/register.mjs', import.meta.url).href,
  '--import', import.meta.resolve('tsx'),
]

function inChild(task: Task, { experiment, signal }: Order): Promise<number[]> {
  const { timeoutMs = timeoutDefaultMs } = experiment
  const { promise, resolve, reject } = withResolvers<number[]>()
  if (signal.aborted) throw new Refusal('given up')
  // A process group of its own, so that what the row started can be ended with it.
  const child = spawn(process.execPath, [...flags, fileURLToPath(new URL('row.ts', import.meta.url)), JSON.stringify(task)], {
    cwd: task.folder, detached: true, stdio: ['ignore', process.stderr, process.stderr, 'ipc'],
  })
  let answer: Answer | undefined
  let reason = 'ended without an answer'
  const group = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name)
    } catch {
      // nobody is left
    }
  }
  let hard: NodeJS.Timeout | undefined
  const end = (why: string) => {
    reason = why
    group('SIGTERM')
    hard ??= setTimeout(group, 1500, 'SIGKILL')
  }
  const onAbort = () => end('given up')
  const timer = setTimeout(end, timeoutMs, `took longer than ${timeoutMs} ms`)
  signal.addEventListener('abort', onAbort)
  child.on('message', (message: Answer) => (answer ??= message))
  child.on('error', (error) => (reason = error.message))
  child.on('close', (_code, died) => {
    clearTimeout(timer)
    clearTimeout(hard)
    signal.removeEventListener('abort', onAbort)
    group('SIGKILL')
    if (answer && 'samples' in answer && !signal.aborted) return resolve(answer.samples)
    const why = answer && 'error' in answer && !signal.aborted ? answer.error : died && reason.startsWith('ended') ? `died of ${died}` : reason
    return reject(new Refusal(`the row '${task.row}', round ${task.round + 1}: ${why}`))
  })
  return promise
}

/** Makes the folder in which rows get theirs. Folders of runs that were killed are removed on the way. */
export function makeBase(inside: string): string {
  mkdirSync(inside, { recursive: true })
  for (const name of readdirSync(inside)) {
    const pid = /^run-(\d+)-\w+$/.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(inside, name), { recursive: true, force: true })
  }
  return mkdtempSync(join(inside, `run-${process.pid}-`))
}

/** A line that warns of a machine that does something else, or undefined. */
export function busy(load = os.loadavg()[0]!, cpus = os.cpus().length): string | undefined {
  return load > cpus / 2 ? `the machine is busy (load ${load.toFixed(1)} on ${cpus} processors): the numbers will scatter` : undefined
}


function withResolvers<T>() {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => ([resolve, reject] = [yes, no]))
  return { promise, resolve, reject }
}
