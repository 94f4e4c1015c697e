// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { DIE, GO, PREPARE, START, type Report, type Role, type Silence } from './interleaving-baton.ts'
import { descriptorIn, filesIn } from './interleaving-key.ts'
import { hash, keyOf, type Moment, type Step } from './interleaving-moment.ts'
import type { Company, Ending, Failure, Scene } from './interleaving.ts'

/** The same steps led elsewhere than they did before. */
export class Unrepeatable extends Error {}
/** What was seen after a step, and where the number of each file has moved since the last look. */
export interface Sight { moment: Moment, moved: (number | null)[] }
const STEPS_MAX = 1000   // of all processes together

/** One run of a scene, from the beginning. */
export class Run {
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
  #files: string[] = []
  #steps = 0
  #deaths = 0

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
    new Int32Array(company.clock).fill(0)
    if (scene.prepare !== undefined) {
      const { result } = this.#command(0, START, 0, PREPARE)
      if (result!.how === 'threw') throw new Error(`the scene could not be prepared: ${result!.value}`)
    }
    this.#histories = this.#names.map(() => '')
    this.#isStirred = this.#names.map(() => true)
  }

  // take steps
  /** Goes where another run has been. */
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

  take(step: Step, count = 1): void {
    const { who, dies } = step
    if ((this.#steps += count) > STEPS_MAX) throw new Error(`no end after ${STEPS_MAX} steps`)
    const isNew = this.#reports[who] === undefined
    if (this.#reports[who]?.at === 'end') throw new Unrepeatable(`${this.#names[who]} ended earlier than before`)
    if (dies) {
      this.#start(who)
      this.#deaths++
      this.#tell(who, `is killed before ${this.#reports[who]!.text}`)
      this.#histories[who] += ' dies'
      this.notes.push({ who: this.#names[who]!, text: 'dies' })
    }
    if (isNew && !dies) this.#start(who, count)
    else this.#ask(who, dies ? DIE : GO, count)
    if (this.#reports[who]!.isChange) this.#isStirred.fill(true)
    this.#isStirred[who] = false
    this.last = step
  }
  // ask one for its next report
  #role(name: string): Role {
    const { isListedAtOpen } = this.#company
    return { scene: this.#title, name, folder: this.folder, isEveryCall: !this.#isReduced, isListedAtOpen }
  }

  #start(who: number, steps = 0): void {
    if (this.#reports[who] === undefined) this.#ask(who, START, steps)
  }

  #ask(who: number, command: number, steps: number): void {
    this.#reports[who] = this.#command(who, command, steps, this.#names[who]!)
    this.#hear(who)
  }

  #command(who: number, command: number, steps: number, name: string): Report {
    try {
      return this.#company.batons[who]!.ask(command, steps, command === START ? this.#role(name) : undefined)
    } catch (error) {
      this.#company.dismiss()
      throw new Error(`${name || 'prepare'}: ${(error as Silence).message}`)
    }
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
    if (result === undefined) return
    this.#histories[who] = this.#plain(JSON.stringify(result), name)
    if (at === 'end') this.#tell(who, result.how === 'returned' ? 'has ended' : result.how === 'killed' ? 'is dead' : `throws ${result.value}`)
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
  // look at everything
  look(): Sight {
    const files = filesIn(this.folder).map(({ text, ino }) => ({ text: this.#plain(text, ''), ino }))
    const open = this.#reports.flatMap(({ open }, who) =>
      open.map(([fd, listed], i) => ({ ...descriptorIn(fd, `${who} ${i}`), listed })))
    const all = [...files.sort((a, b) => a.text < b.text ? -1 : 1), ...open]
    const inos = [...new Set(all.map(({ ino }) => ino))]
    const numbers = new Map(inos.map((ino, number) => [ino, number]))
    const listed = open.map(({ listed }) => listed.map(([name, ino]) => `${this.#plain(name, '')} is ${numbers.get(ino)}`))
    const words = [...all.map(({ text, ino }) => `${text} is ${numbers.get(ino)}`), listed]
    const moved = this.#files.map(ino => numbers.get(ino) ?? null)
    this.#files = inos
    const standings = this.#reports.map(({ at, text, mayHold, seen }, who) => ({
      history: `${this.#histories[who]} ${at} ${this.#plain(text, this.#names[who]!)}`, at, text, mayHold,
      isAsleep: at === 'wait' && !this.#isStirred[who], seen: seen.map(ino => numbers.get(ino) ?? null),
    }))
    const notes = this.notes.map(({ who, text }) => ({ who, text: this.#plain(text, who) }))
    const world = hash(JSON.stringify([words, [...new Int32Array(this.#company.clock)]]))
    return { moment: { world, standings, notes, deaths: this.#deaths }, moved }
  }

  /** Whether the last step did something, and did not only look or was refused. */
  get isChange(): boolean { return this.#reports[this.last!.who]!.isChange }

  /** Everything is as it was when the run before came here, or else the two cannot be one. */
  confirm({ moment }: Sight, before: Moment): void {
    if (keyOf(moment) === keyOf(before)) return
    const differs = this.#names.filter((_, who) => keyOf({ ...moment, world: '', standings: [moment.standings[who]!] }) !==
      keyOf({ ...before, world: '', standings: [before.standings[who]!] }))
    const what = differs.map(name => `'${name}'`).join(' and ') || 'the folder'
    throw new Unrepeatable(`${what} did not come to the same again by the same steps: ${scheduleOf(this.last, this.#names)}.
  It uses a clock, chance or a variable of its module that the explorer cannot hold still. Names that are counted can be given to 'fresh'.`)
  }
  // come to the end
  /** Asks the scene whether all is well, and says in a line how it ended. */
  end(): string {
    const waiting = this.#reports.flatMap(({ at, text }, who) => at === 'wait' ? [`${this.#names[who]} waits at ${text}`] : [])
    if (waiting.length > 0) throw new Error(`nobody can go on: ${waiting.join(', ')}`)
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
