// The process in which one row of an experiment runs once: its garbage, its caches and its end are its own.
// Started by measure.ts, which reads the answer from the channel between them.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { compile } from './compile.ts'
import { checkExperiment } from './experiment.ts'

/** What the parent says, as the only argument, in JSON. */
export interface Task {
  /** Absolute path of the experiment's program. */
  program: string
  row: string
  folder: string
  quick: boolean
  round: number
  /** The folder whose package.json names the peers. */
  peers: string
}

export type Answer = { samples: number[] } | { error: string }

const task: Task = JSON.parse(process.argv[2]!)
const controller = new AbortController()

function giveUp(): void {
  controller.abort()
  setTimeout(() => process.exit(1), 500).unref() // as long as a row may take to end its children
}
process.on('SIGTERM', giveUp)
process.on('SIGINT', giveUp)
process.on('disconnect', () => process.exit(1)) // the runner is dead

async function answer(): Promise<Answer> {
  const module = await import(pathToFileURL(task.program).href)
  const { rows, peers = [] } = checkExperiment(module.default, task.program)
  const row = rows.find(({ name }) => name === task.row)!
  const require = createRequire(join(task.peers, 'package.json'))
  const { folder, quick, round } = task
  const given = await row.run({
    folder, quick, round, signal: controller.signal,
    async peer(name) {
      if (!peers.includes(name)) throw new Error(`the experiment does not name '${name}' in its peers`)
      const module = await import(pathToFileURL(require.resolve(name)).href)
      return module.default ?? module
    },
    compile: (source, flags) => compile(source, join(task.peers, '../.loom/c'), flags),
  })
  const samples = [given].flat()
  if (samples.length > 0 && samples.every((sample) => Number.isFinite(sample))) return { samples }
  throw new Error(`the row gave ${JSON.stringify(given) ?? 'nothing'}, which is not a number or a list of numbers`)
}

const result = await answer().catch((error): Answer => ({ error: error instanceof Error ? (error.stack ?? String(error)) : String(error) }))
process.send!(result, () => process.exit(0)) // a row that left a timer or a handle behind shall not hold the run up
