// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment } from '../../experiments/experiment.ts'

const fcs = fileURLToPath(new URL('../../dist/fcs.cjs', import.meta.url))

/** Before all others in the line for a processor, where that may be asked for. */
const FIRST = process.getuid!() === 0 ? ['chrt', '--fifo', '1'] : []

// a company's certificates would be most of Node's start, and all ratios would look good
const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env

/** The least of so many starts. Everything that else runs on the machine can only add to it. */
function startOf(args: (folder: string) => string[]): (context: Context) => number {
  return ({ folder, quick }) => {
    const times = Array.from({ length: quick ? 5 : 12 }, () => {
      spawnSync(process.execPath, [fcs, 'bus', 'publish', `${folder}/bus`, 'parcel'], { env })
      const start = performance.now()
      const [program, ...words] = [...FIRST, process.execPath, ...args(`${folder}/bus`)]
      const { status } = spawnSync(program!, words, { env, stdio: 'ignore' })
      if (status !== 0) throw new Error(`ended with ${status}`)
      return performance.now() - start
    })
    return Math.min(...times)
  }
}

const baseline = 'node, an empty program'
const experiment: Experiment = {
  question: 'How many times the start of Node does a one-shot command take?',
  unit: 'ms',
  better: 'lower',
  runs: 5,
  baseline,
  rows: [
    { name: baseline, run: startOf(() => ['--eval', '0']) },
    {
      name: 'fcs bus publish', targetRatio: 1.5,
      run: startOf(bus => [fcs, 'bus', 'publish', bus, 'parcel']),
    },
    { name: 'fcs bus take', targetRatio: 1.5, run: startOf(bus => [fcs, 'bus', 'take', bus]) },
    { name: 'fcs bus ls', targetRatio: 1.5, run: startOf(bus => [fcs, 'bus', 'ls', bus]) },
  ],
}
export default experiment
