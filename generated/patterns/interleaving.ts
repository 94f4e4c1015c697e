// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { Baton, type End } from './interleaving-baton.ts'
import { Memory } from './interleaving-memory.ts'
import { isLast, keyOf, stepsFrom, type Moment, type Rules, type State, type Step } from './interleaving-moment.ts'
import { Run, Unrepeatable } from './interleaving-run.ts'

/** What a process of a scene gets. */
export interface Here {
  readonly folder: string
  /** What the scene's `arrive` has returned to this process. */
  readonly arrived: unknown
  /** Says something that `check` will read, such as 'in'. It is a step like a call. */
  note(text: string): void
  /** The clock of the scene, from 0 on. */
  nowMs(): number
  /** Puts that clock forward. */
  pass(ms: number): void
}

/** What is to be explored. The module that exports it is loaded once more for every process. */
export interface Scene {
  /** The processes by name. They must not wait for promises: a process ends when its function returns. */
  actors: { [name: string]: (here: Here) => unknown }
  /** Fills the empty folder. */
  prepare?(folder: string): void
  /** Done by each process, whole and in turn, before any of them takes a step. */
  arrive?(folder: string): unknown
  /** Throws when something is wrong. It may finish in the folder what the processes left. */
  check(ending: Ending): void
  /** Matches names that differ from run to run only because a module counts them. */
  fresh?: RegExp
}

/** How one run ended. */
export interface Ending {
  folder: string
  ends: { [name: string]: End }
  /** In the order in which they were said. A death is noted as 'dies'. */
  notes: { who: string, text: string }[]
}

export interface ExploreOptions {
  /** How many of the processes may be killed in one run. Default 1. */
  deaths?: number | undefined
  /** Default true. `false`: every call is a step, and no two states are taken for one. */
  reduce?: boolean | undefined
  /** How often a process that could go on is interrupted by another in one run. Default: as often as there are steps. */
  preemptions?: number | undefined
  /** How long a process may compute between two calls. Default 30,000. */
  patienceMs?: number | undefined
  /** Told about every second how far it has come: steps that wait to be taken are states yet to be continued. */
  progress?: ((soFar: { runs: number, states: number, waiting: number }) => void) | undefined
}

/** What was found. */
export interface Explored {
  /** How often the scene was played, and how many different states it was seen in. */
  runs: number, states: number
  /** How many orders of steps that covers, at least. */
  schedules: bigint
  /** All ways in which it ended: ends and notes. */
  endings: string[]
  failure: Failure | null
}

/** A run that went wrong. `schedule` is for `replay`, `trace` for people. */
export interface Failure { schedule: string, trace: string, error: unknown }

/** Processes of one module, for one scene after the other. */
export class Company {
  static readonly #all = new Map<string, Company>()
  readonly clock = new SharedArrayBuffer(16)
  readonly batons: Baton[] = []
  readonly #workers: Worker[] = []
  readonly folder = fs.mkdtempSync(`${fs.realpathSync(tmpdir())}/interleaving-`)
  /** As on btrfs: a name that comes after a folder was opened is not listed. */
  readonly isListedAtOpen: boolean
  readonly #module: string

  constructor(module: string) {
    this.#module = module
    this.isListedAtOpen = listsAtOpen(this.folder)
    process.once('exit', () => fs.rmSync(this.folder, { recursive: true, force: true }))
  }

  /** The company that plays this module, with so many actors at least. */
  static async of(module: string, count: number): Promise<Company> {
    const company = Company.#all.get(module) ?? new Company(module)
    Company.#all.set(module, company)
    while (company.batons.length < count) company.batons.push(await company.#engage())
    return company
  }

  async #engage(): Promise<Baton> {
    const memory = new SharedArrayBuffer(1 << 20)
    const worker = startThread({ module: this.#module, memory, clock: this.clock })
    await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject))
    worker.unref()
    this.#workers.push(worker)
    return new Baton(memory)
  }

  // give one up
  setPatience(ms: number): void { for (const baton of this.batons) baton.patienceMs = ms }

  /** One of them does not come back. The next scene gets others. */
  dismiss(): void {
    Company.#all.delete(this.#module)
    for (const worker of this.#workers) void worker.terminate()
  }
}

function listsAtOpen(folder: string): boolean {
  const listing = fs.opendirSync(folder)
  fs.mkdirSync(`${folder}/later`)
  const isSo = listing.readSync() === null
  listing.closeSync()
  fs.rmdirSync(`${folder}/later`)
  return isSo
}

/** A thread for the actor's module, whether Node reads TypeScript by itself, through tsx, or need not. */
function startThread(workerData: unknown): Worker {
  const ending = import.meta.url.replace(/.*\./, '.')
  const url = new URL(`./interleaving-actor${ending}`, import.meta.url)
  const execArgv = process.execArgv.filter(flag => /^--(conditions|experimental|no|enable|disable)\b/.test(flag))
  if (ending !== '.ts' || 'typescript' in process.features) return new Worker(url, { workerData, execArgv })
  const code = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(tsx => {
    tsx.register()
    return import(${JSON.stringify(url.href)})
  })`
  return new Worker(code, { workerData, eval: true, execArgv })
}

async function load(module: string, title: string) {
  const scene = ((await import(module)) as { [name: string]: Scene | undefined })[title]
  if (scene === undefined) throw new TypeError(`the module '${module}' exports no scene '${title}'`)
  return { title, scene, company: await Company.of(module, Object.keys(scene.actors).length) }
}

/** Plays a scene in every order of its processes' steps, until one of them goes wrong or all are known. */
export async function explore(module: string | URL, title: string, options: ExploreOptions = {}): Promise<Explored> {
  const memory = new Memory()
  const first = new Exploration(await load(String(module), title), options, memory)
  let failure = first.failure()
  // The first failure with no interruption, with one, with two, … At the latest the one that was found is found again.
  const most = failure === null || options.preemptions !== undefined ? 0 : failure.schedule.split(', ').length
  for (let preemptions = 0; preemptions < most; preemptions++) {
    const simpler = new Exploration(await load(String(module), title), { ...options, preemptions }, memory).failure()
    if (simpler !== null) [failure, preemptions] = [simpler, most]
  }
  return { ...first.found(), failure }
}

/** One walk through all that a scene can come to. */
class Exploration {
  readonly #play: Play
  readonly #rules: Rules
  readonly #preemptions: number
  readonly #memory: Memory
  readonly #states = new States()
  readonly #endings = new Set<string>()
  readonly #waiting = new Queue()
  readonly #progress: NonNullable<ExploreOptions['progress']>
  #runs = 0

  constructor(play: Play, options: ExploreOptions, memory: Memory) {
    const { deaths = 1, reduce = true, preemptions = Infinity, patienceMs = 30_000, progress } = options
    this.#play = play
    this.#rules = { deaths, isReduced: reduce, isUnbounded: preemptions === Infinity }
    this.#preemptions = preemptions
    this.#memory = memory
    this.#progress = progress ?? (() => {})
    play.company.setPatience(patienceMs)
  }

  // go from step to step
  /** Null if nothing goes wrong. */
  failure(): Failure | null {
    let [failure, toldAt] = [this.#run(null), performance.now()]
    for (let next; failure === null && (next = this.#waiting.next()) !== undefined;) {
      if (performance.now() - toldAt > 1000) {
        toldAt = performance.now()
        this.#progress({ runs: this.#runs, states: this.#states.size, waiting: this.#waiting.size })
      }
      const known = this.#foretell(next)
      if (known === null || this.#isNewEnd(known, next)) failure = this.#run(next)
      else this.#visit(known, next)
    }
    return failure
  }

  found() {
    const root = this.#states.get('root')!
    return { runs: this.#runs, states: this.#states.size, schedules: countPaths(root), endings: [...this.#endings].sort() }
  }
  // see whether somebody has been here
  #foretell(step: Step): Moment | null {
    return this.#rules.isReduced ? this.#memory.recall(step.moment!, step) : null
  }

  #keyOf(moment: Moment, { who }: Step): string {
    const { isReduced, isUnbounded } = this.#rules
    return isReduced ? keyOf(moment, isUnbounded ? undefined : who) : String(this.#states.size)
  }

  #isNewEnd(moment: Moment, step: Step): boolean {
    return isLast(moment, step, this.#rules) && !this.#states.has(this.#keyOf(moment, step))
  }

  #visit(moment: Moment, step: Step | null): State {
    const key = step === null ? 'root' : this.#keyOf(moment, step)
    const known = this.#states.get(key)
    const state = known ?? { next: [], steps: [] }
    step?.from?.next.push(state)
    if (known !== undefined) return known
    state.steps = stepsFrom(this.#memory.share(moment), state, step, this.#rules).filter(({ preemptions }) => preemptions <= this.#preemptions)
    for (const each of state.steps) this.#waiting.add(each)
    this.#states.set(key, state)
    return state
  }
  // play what is not known
  #run(next: Step | null): Failure | null {
    this.#runs++
    const { company, title, scene } = this.#play
    const run = new Run(company, title, scene, this.#rules.isReduced)
    try {
      run.follow(next?.before ?? null)
      let sight = run.look()
      if (next !== null && this.#rules.isReduced) run.confirm(sight, next.moment!)
      let state = next?.from ?? this.#visit(sight.moment, null)
      const isUnknown = (step: Step) => this.#foretell(step) === null &&
        (this.#rules.isUnbounded || step.preemptions <= (next?.preemptions ?? 0))
      for (let step = next ?? state.steps.find(isUnknown); step !== undefined; step = state.steps.find(isUnknown)) {
        this.#waiting.take(step)
        const { moment } = sight
        const taken = { ...step, before: run.last }
        run.take(taken)
        sight = run.look()
        this.#memory.learn(moment, taken, sight, run.isChange)
        state = this.#visit(sight.moment, taken)
        if (isLast(sight.moment, taken, this.#rules)) this.#endings.add(run.end())
      }
      return null
    } catch (error) {
      if (error instanceof Unrepeatable) throw error
      return run.failure(error)
    }
  }
}

type Play = Awaited<ReturnType<typeof load>>

/** Steps that are to be tried, first those with the fewest interruptions: the simplest stories. */
class Queue {
  readonly #steps: Step[][] = []
  size = 0

  add(step: Step): void {
    (this.#steps[step.preemptions] ??= []).push(step)
    this.size++
  }

  /** False if somebody has taken it. A moment of which all steps are taken is forgotten. */
  take(step: Step): boolean {
    if (step.isTaken) return false
    step.isTaken = true
    step.from!.steps = step.from!.steps.filter(each => each !== step)
    this.size--
    return true
  }

  next(): Step | undefined {
    for (const steps of this.#steps) {
      for (let step; (step = steps?.pop()) !== undefined;) {
        if (this.take(step)) return step
      }
    }
    return undefined
  }
}

/** States by their keys. One Map holds no more than 2²⁴. */
class States {
  readonly #maps = Array.from({ length: 64 }, () => new Map<string, State>())
  size = 0

  #of(key: string) { return this.#maps[key.charCodeAt(0) % 64]! }
  get(key: string): State | undefined { return this.#of(key).get(key) }
  has(key: string): boolean { return this.#of(key).has(key) }
  set(key: string, state: State): void {
    this.#of(key).set(key, state)
    this.size++
  }
}

/** How many ways lead from a state to an end. */
function countPaths(root: State): bigint {
  const known = new Map<State, bigint>()
  const count = (state: State): bigint => {
    let sum = known.get(state) ?? (state.next.length === 0 ? 1n : 0n)
    if (known.has(state)) return sum
    for (const each of state.next) sum += count(each)
    known.set(state, sum)
    return sum
  }
  return count(root)
}

/** Plays one schedule again. The failure is null if nothing went wrong this time. */
export async function replay(module: string | URL, title: string, schedule: string): Promise<{ trace: string, failure: Failure | null }> {
  const { scene, company } = await load(String(module), title)
  const run = new Run(company, title, scene, true)
  try {
    run.follow(stepsOf(schedule, Object.keys(scene.actors)))
    if (isLast(run.look().moment, run.last, { deaths: 0, isReduced: true, isUnbounded: false })) run.end()
    return { trace: run.failure(null).trace, failure: null }
  } catch (error) {
    const failure = run.failure(error)
    return { trace: failure.trace, failure }
  }
}

function stepsOf(schedule: string, names: string[]): Step | null {
  let before: Step | null = null
  for (const part of schedule.split(', ')) {
    const [, name = '', count = ''] = /^(.+) (\d+|dies)$/.exec(part) ?? []
    const [who, dies] = [names.indexOf(name), count === 'dies']
    if (who === -1) throw new TypeError(`'${part}' is no part of a schedule, such as '${names[0]} 3' or '${names[0]} dies'`)
    for (let i = 0; i < (Number(count) || 1); i++) {
      before = { before, who, dies, preemptions: 0, isLook: false, from: null, moment: null, isTaken: true }
    }
  }
  return before
}
