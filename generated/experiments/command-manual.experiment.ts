// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment } from '../../experiments/experiment.ts'
import { AppendLog } from '../patterns/append-log.ts'

const dist = fileURLToPath(new URL('../../dist', import.meta.url))

/** Before all others in the line for a processor, where that may be asked for. */
const FIRST = process.getuid!() === 0 ? ['chrt', '--fifo', '1', 'hyperfine'] : []

/** The least time that the command takes, in ms. `before` is what makes what the command needs. */
function start(args: string, { file = 'fcs.cjs', flag = '', before = '' } = {}): (context: Context) => Promise<number> {
  return async ({ folder, quick }) => {
    const log = new AppendLog(`${folder}/log`, { sync: 'here', durability: 'os' })
    await log.append(Buffer.from('record'))
    await log.close()
    const fcs = `${process.execPath} ${flag} ${dist}/${file}`
    const prepare = before === '' ? [] : ['--prepare', `${fcs} ${before}`]
    const command = args.startsWith('--eval') ? `${process.execPath} ${args}` : `${fcs} ${args}`
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
    execFileSync(FIRST[0] ?? 'hyperfine', [...FIRST.slice(1), '--shell=none', '--warmup=1', `--runs=${quick ? 5 : 15}`, ...prepare,
      '--ignore-failure', `--export-json=${folder}/times`, command], { cwd: folder, env, stdio: 'ignore' })
    return JSON.parse(readFileSync(`${folder}/times`, 'utf8')).results[0].min * 1000
  }
}

const baseline = 'node, an empty program'
const row = (name: string, args: string, options?: Parameters<typeof start>[1]) =>
  ({ name, targetRatio: 1.5, run: start(args, options) })

const experiment: Experiment = {
  question: 'How many times the start of Node does a one-shot command take?',
  unit: 'ms',
  better: 'lower',
  runs: 5,
  debian: ['hyperfine'],
  baseline,
  rows: [
    { name: baseline, run: start('--eval 0') },
    { name: 'node, which runs true', run: start(`--eval "require('child_process').spawn('true')"`) },
    row('fcs queue --help', 'queue --help'),
    row('fcs lock p -- true', 'lock p -- true'),
    row('fcs semaphore p -p 3 -- true', 'semaphore p -p 3 -- true'),
    row('fcs watch . --once --timeout 0', 'watch . --once --timeout 0'),
    row('fcs lease p -- true', 'lease p -- true'),
    row('fcs semaphore p --status', 'semaphore p --status', { before: 'semaphore p -p 3 -- true' }),
    row('fcs queue put q text', 'queue put q text'),
    row('fcs queue take q', 'queue take q', { before: 'queue put q text' }),
    row('fcs queue take q -- true', 'queue take q -- true', { before: 'queue put q text' }),
    row('fcs tail log', 'tail log'),
    row('fcs topic publish t a text', 'topic publish t a text'),
    row('fcs topic tail t', 'topic tail t', { before: 'topic publish t a text' }),
    row('fcs topic take t g a -- true', 'topic take t g a -- true', { before: 'topic publish t a text' }),
    { name: 'queue put, compiled anew', run: start('queue put q text', { flag: '--no-flush-bytecode' }) },
    { name: 'queue put, as ES modules', run: start('queue put q text', { file: 'fcs.js' }) },
  ],
}
export default experiment
