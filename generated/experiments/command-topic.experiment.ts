// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment } from '../../experiments/experiment.ts'

const fcs = `${process.execPath} ${fileURLToPath(new URL('../../dist/fcs.cjs', import.meta.url))}`
const TEXT = 'x'.repeat(90)
const REDIS = 'redis-cli -s redis.socket'

/** A Redis stream that is as durable as the files are: what was answered survives a kill. */
async function withRedis<T>(folder: string, action: () => T): Promise<T> {
  const server = spawn('redis-server', ['--port', '0', '--unixsocket', `${folder}/redis.socket`, '--dir', folder,
    '--save', '', '--appendonly', 'yes', '--appendfsync', 'no'], { stdio: 'ignore' })
  try {
    while (!existsSync(`${folder}/redis.socket`)) await new Promise(resolve => setTimeout(resolve, 5))
    return action()
  } finally {
    server.kill()
    await once(server, 'exit')
  }
}

/** How many lines a second go through a command, its start included. `before` is not measured. */
function lines(command: string, { before = 'true', hasServer = false } = {}) {
  return async ({ folder, quick }: Context): Promise<number> => {
    const count = quick ? 5000 : 50_000
    const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env   // Node would read them at each start
    const sh = (script: string) => execFileSync('sh', ['-ec', script], { cwd: folder, env, stdio: ['ignore', 'ignore', 'inherit'] })
    const texts = Array.from({ length: count }, (_, i) => `${String(i).padStart(9, '0')} ${TEXT}\n`)
    writeFileSync(`${folder}/lines`, texts.join(''))
    const measure = () => {
      sh(before)
      const start = performance.now()
      sh(command)
      return count / (performance.now() - start) * 1000
    }
    return hasServer ? await withRedis(folder, measure) : measure()
  }
}

const published = `${fcs} topic publish bus logs.web --lines < lines`
const commands = "sed 's/^/XADD logs * text /; s/ x/_x/' lines > commands"

const experiment: Experiment = {
  question: 'How many lines a second go through a shell command into a bus, and out of it?',
  unit: 'lines/s',
  better: 'higher',
  runs: 5,
  debian: ['redis-server'],
  baseline: ['cat, onto the end of a file', 'tail, of a file'],
  rows: [
    { group: 'in', name: 'cat, onto the end of a file', run: lines('cat lines >> log') },
    { group: 'in', name: 'fcs topic publish --lines', run: lines(published) },
    { group: 'in', name: 'redis-cli, XADD a line', run: lines(`${REDIS} < commands`, { before: commands, hasServer: true }) },
    { group: 'out', name: 'tail, of a file', run: lines('tail -n +1 lines') },
    { group: 'out', name: 'fcs topic tail', run: lines(`${fcs} topic tail bus --from start`, { before: published }) },
    { group: 'out', name: 'fcs topic take --repeat', run: lines(`${fcs} topic take bus group '>' --repeat`, { before: published }) },
    {
      group: 'out', name: 'redis-cli, XRANGE of all',
      run: lines(`${REDIS} XRANGE logs - +`, { before: `${commands}; ${REDIS} < commands`, hasServer: true }),
    },
  ],
}
export default experiment
