// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { Worker } from 'node:worker_threads'
import { Baton, DIE, GO, NAP, START, type End, type Report } from './interleaving-baton.ts'
import { contentOfOpen, filesIn, hash } from './interleaving-key.ts'

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
class Company {
  static readonly #all = new Map<string, Company>()
  readonly clock = new SharedArrayBuffer(16)
  readonly batons: Baton[] = []
  readonly folder = fs.mkdtempSync(`${fs.realpathSync(tmpdir())}/interleaving-`)
  readonly #module: string

  constructor(module: string) {
    this.#module = module
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
    return new Baton(memory)
  }
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

/** A step that was taken, or could have been: the last of a schedule. */
interface Step {
  before: Step | null, who: number, dies: boolean, preemptions: number, isLook: boolean
  /** The state in which it was possible, and whether it was taken there. */
  from: string, isTaken: boolean
}

/** One run of a scene, from the beginning. */
class Run {
  readonly #company: Company
  readonly #title: string
  readonly #scene: Scene
  readonly #isReduced: boolean
  readonly #names: string[]
  readonly #reports: Report[] = []
  readonly #histories: string[]
  readonly #isStirred: boolean[]
  readonly #tokens = new Map<string, string>()
  readonly notes: Ending['notes'] = []
  readonly trace: { who: string, text: string }[] = []
  readonly folder: string
  last: Step | null = null
  #naps = 0
  #steps = 0
  deaths = 0

  constructor(company: Company, title: string, scene: Scene, isReduced: boolean) {
    this.#company = company
    this.#title = title
    this.#scene = scene
    this.#isReduced = isReduced
    this.#names = Object.keys(scene.actors)
    this.folder = `${company.folder}/${title}`
    // set the stage
    fs.rmSync(this.folder, { recursive: true, force: true })
    fs.mkdirSync(this.folder)
    scene.prepare?.(this.folder)
    new Int32Array(company.clock).fill(0)
    this.#histories = this.#names.map(() => '')
    this.#isStirred = this.#names.map(() => true)
  }

  // say which steps are possible
  /** What could be done now, the same process's next call first. Nobody dies beyond `deaths`. */
  options(deaths: number, isUnbounded: boolean, from: string): Step[] {
    const isLate = this.#isReduced && isUnbounded
    const living = this.#living(isLate)
    const able = this.#able(living)
    const { last } = this
    const at = (who: number) => this.#reports[who]!.at
    const isMortal = (who: number) => at(who) !== 'close' && !(this.#isReduced && at(who) === 'look') &&
      (!isLate || this.#reports[who]!.mayHold || able.every(other => other === who))
    const isNews = (who: number) => !(isLate && last?.isLook && at(who) === 'look' && who < last.who)
    const mortal = this.deaths < deaths ? living.filter(isMortal) : []
    const steps = [...able.filter(isNews).map(who => ({ who, dies: false })), ...mortal.map(who => ({ who, dies: true }))]
    return steps.map(({ who, dies }) => ({
      before: last, who, dies, from, isTaken: false, isLook: !dies && at(who) === 'look',
      preemptions: (last?.preemptions ?? 0) + Number(who !== last?.who && able.includes(last?.who ?? -1)),
    })).sort((a, b) => a.preemptions - b.preemptions)
  }

  /** Who does not wait for another. */
  #able(living: number[]): number[] {
    const able = living.filter(who => this.#reports[who]!.at !== 'wait' || this.#isStirred[who])
    if (able.length > 0 || living.length === 0) return able
    const napping = living.filter(who => this.#reports[who]!.text === NAP)
    if (napping.length > 0 && this.#naps++ < 1000) return napping
    const waiting = living.map(who => `${this.#names[who]} waits at ${this.#reports[who]!.text}`)
    throw new Error(`nobody can go on: ${waiting.join(', ')}`)
  }
  // choose who may go on
  /** Those who must not wait for others, or else all; in the end, one of those who have nothing left but to return. */
  #living(isLate: boolean): number[] {
    const { last } = this
    const all = [...this.#reports.keys()]
    const isAt = (who: number, ...places: Report['at'][]) => places.includes(this.#reports[who]!.at)
    const first = all.filter(who => isAt(who, 'return') && (!isLate || this.#reports[who]!.mayHold) ||
      isAt(who, 'close') && this.#isReduced && last?.dies === true && last.who === who)
    const others = all.filter(who => !isAt(who, 'return', 'end'))
    if (first.length > 0) return first
    return others.length > 0 ? others : all.filter(who => isAt(who, 'return')).slice(0, 1)
  }
  // take steps
  /** Goes where another run has been, with as few changes from one process to the other as it did. */
  follow(last: Step | null): void {
    const steps = stepsTo(last)
    if (this.#scene.arrive !== undefined) for (const who of this.#names.keys()) this.#start(who)
    for (let i = 0, next; i < steps.length; i = next) {
      const { who, dies } = steps[i]!
      next = i + 1
      while (!dies && next < steps.length && steps[next]!.who === who && !steps[next]!.dies) next++
      this.take(steps[next - 1]!, next - i)
    }
    for (const who of this.#names.keys()) this.#start(who)
  }

  #start(who: number, steps = 0): void {
    if (this.#reports[who] !== undefined) return
    const role = { scene: this.#title, name: this.#names[who]!, folder: this.folder, isEveryCall: !this.#isReduced }
    this.#reports[who] = this.#company.batons[who]!.ask(START, steps, role)
    this.#hear(who)
  }

  take(step: Step, count = 1): void {
    const { who, dies } = step
    const isNew = this.#reports[who] === undefined
    if (dies) {
      this.#start(who)
      this.deaths++
      this.#tell(who, `is killed before ${this.#reports[who]!.text}`)
      this.notes.push({ who: this.#names[who]!, text: 'dies' })
    }
    if ((this.#steps += count) > STEPS_MAX) throw new Error(`no end after ${STEPS_MAX} steps`)
    if (isNew && !dies) {
      this.#start(who, count)
    } else {
      this.#reports[who] = this.#company.batons[who]!.ask(dies ? DIE : GO, count)
      this.#hear(who)
    }
    if (this.#reports[who]!.isChange) this.#isStirred.fill(true)
    this.#isStirred[who] = false
    this.last = step
  }
  // hear what was done
  #hear(who: number): void {
    const { done, at, result } = this.#reports[who]!
    const name = this.#names[who]!
    for (const text of done) {
      this.#tell(who, text)
      if (text.startsWith('note: ')) this.notes.push({ who: name, text: text.slice(6) })
      this.#histories[who] = hash(this.#histories[who] + this.#plain(text, name))
    }
    if (at !== 'end') return
    this.#histories[who] = this.#plain(JSON.stringify(result), name)
    this.#tell(who, result!.how === 'returned' ? 'has ended' : result!.how === 'killed' ? 'is dead' : `throws ${result!.value}`)
  }

  #tell(who: number, text: string): void { this.trace.push({ who: this.#names[who]!, text }) }

  /** Names that are new in every run, called by who used them first. */
  #plain(text: string, who: string): string {
    const { fresh } = this.#scene
    if (fresh === undefined) return text
    return text.replace(fresh, name => {
      const own = [...this.#tokens.values()].filter(word => word.startsWith(`<${who} `))
      if (!this.#tokens.has(name)) this.#tokens.set(name, `<${who} ${own.length}>`)
      return this.#tokens.get(name)!
    })
  }
  // say in which state everything is
  /** Alike for two runs from which the same can follow: what they did, what they know, and what is in the folder. */
  key(withLast: boolean): string {
    const files = filesIn(this.folder).map(({ text, ino }) => `${text} is ${this.#knownAs(ino)}`)
    const open = this.#reports.flatMap(({ open }, who) => open.map(([word, fd]) => {
      const { ino, content } = contentOfOpen(fd)
      return `${who} ${word} is ${this.#knownAs(ino)} ${content}`
    }))
    const actors = this.#reports.map(({ at, text }, who) =>
      `${this.#histories[who]} ${at} ${at === 'wait' && !this.#isStirred[who] ? 'asleep' : ''} ${at === 'note' ? text : ''}`)
    const said = this.notes.map(({ who, text }) => `${who} ${text}`)
    const state = [files.map(text => this.#plain(text, '')).sort(), open, actors, said, this.deaths, withLast && this.last?.who]
    return hash(this.#plain(JSON.stringify(state), ''))
  }

  #knownAs(ino: string): string {
    return this.#reports.map(({ seen }) => seen.indexOf(ino)).join()
  }
  // come to the end
  isOver(): boolean { return this.#reports.every(({ at }) => at === 'end') }

  /** Asks the scene whether all is well, and says in a line how it ended. */
  end(): string {
    const ends = Object.fromEntries(this.#names.map((name, i) => [name, this.#reports[i]!.result!]))
    for (const [name, { how, value }] of Object.entries(ends)) {
      if (how === 'threw') throw new Error(`${name} threw ${value}`)
    }
    this.#scene.check({ folder: this.folder, ends, notes: this.notes })
    const said = this.notes.map(({ who, text }) => `${who} ${text}`)
    return [...said, ...Object.entries(ends).map(([name, end]) => `${name} ${end.how} ${JSON.stringify(end.value) ?? ''}`)].join(', ')
  }

  failure(error: unknown): Failure {
    const width = Math.max(...this.#names.map(name => name.length))
    const trace = this.trace.map(({ who, text }) => `${who.padEnd(width)}  ${text}`).join('\n')
    return { schedule: scheduleOf(this.last, this.#names), trace, error }
  }
}

const STEPS_MAX = 1000   // of all processes together

function stepsTo(last: Step | null): Step[] {
  const steps: Step[] = []
  for (let step = last; step !== null; step = step.before) steps.unshift(step)
  return steps
}

/** 'ann 4, bob 2, ann dies, bob 3' */
function scheduleOf(last: Step | null, names: string[]): string {
  const parts: { who: number, count: number }[] = []
  for (const { who, dies } of stepsTo(last)) {
    const part = parts.at(-1)
    if (!dies && part?.who === who && part.count > 0) part.count++
    else parts.push({ who, count: dies ? 0 : 1 })
  }
  return parts.map(({ who, count }) => `${names[who]} ${count || 'dies'}`).join(', ')
}

async function load(module: string, title: string) {
  const scene = ((await import(module)) as { [name: string]: Scene | undefined })[title]
  if (scene === undefined) throw new TypeError(`the module '${module}' exports no scene '${title}'`)
  return { scene, company: await Company.of(module, Object.keys(scene.actors).length) }
}

/** Plays a scene in every order of its processes' steps, until one of them goes wrong or all are known. */
export async function explore(module: string | URL, title: string, options: ExploreOptions = {}): Promise<Explored> {
  const { deaths = 1, reduce = true, preemptions = Infinity } = options
  const isAll = preemptions === Infinity
  const { scene, company } = await load(String(module), title)
  const [states, endings, waiting] = [new Map<string, State>(), new Set<string>(), new Queue()]
  let [runs, root, failure] = [0, '', null as Failure | null]
  for (let next: Step | null | undefined = null; next !== undefined; next = waiting.take()) {
    runs++
    const run = new Run(company, title, scene, reduce)
    try {
      run.follow(next)
      for (let [from, level] = [next?.from ?? '', next?.preemptions ?? 0]; ;) {
        // see whether somebody has been here
        const key = reduce ? run.key(!isAll) : String(states.size)
        if (from === '') root = key
        else states.get(from)!.next.push(key)
        if (!states.has(key)) {
          const steps = run.isOver() ? [] : run.options(deaths, isAll, key)
          states.set(key, { next: [], steps: steps.filter(step => step.preemptions <= preemptions) })
          for (const step of states.get(key)!.steps) waiting.add(step)
          if (run.isOver()) endings.add(run.end())
        }
        // go on with a step that nobody took
        const step = states.get(key)!.steps.find(step => !step.isTaken && (isAll || step.preemptions <= level))
        if (step === undefined) break
        step.isTaken = true
        run.take({ ...step, before: run.last })
        from = key
      }
    } catch (error) {
      failure = run.failure(error)
      break
    }
  }
  if (failure !== null && isAll) failure = await simplest(module, title, options, failure)
  return { runs, states: states.size, schedules: countPaths(states, root), endings: [...endings].sort(), failure }
}

/** The first failure with no interruption, with one, with two, … At the latest the given one is found again. */
async function simplest(module: string | URL, title: string, options: ExploreOptions, found: Failure): Promise<Failure> {
  for (const preemptions of found.schedule.split(', ').keys()) {
    const { failure } = await explore(module, title, { ...options, preemptions })
    if (failure !== null) return failure
  }
  return found
}

/** The states that follow one, and the steps that lead there. */
interface State { next: string[], steps: Step[] }

/** Steps that are to be tried, first those with the fewest interruptions: the simplest stories. */
class Queue {
  readonly #steps: Step[][] = []

  add(step: Step): void { (this.#steps[step.preemptions] ??= []).push(step) }

  take(): Step | undefined {
    for (const steps of this.#steps) {
      for (let step; (step = steps?.pop()) !== undefined;) {
        if (step.isTaken) continue
        step.isTaken = true
        return step
      }
    }
    return undefined
  }
}

/** How many ways lead from a state to an end. */
function countPaths(states: Map<string, State>, root: string): bigint {
  const known = new Map<string, bigint>()
  const count = (state: string): bigint => {
    const next = states.get(state)?.next ?? []   // a failure has none
    let sum = known.get(state) ?? (next.length === 0 ? 1n : 0n)
    if (known.has(state)) return sum
    for (const each of next) sum += count(each)
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
    run.options(0, false, '')
    if (run.isOver()) run.end()
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
      before = { before, who, dies, preemptions: 0, isLook: false, from: '', isTaken: true }
    }
  }
  return before
}
