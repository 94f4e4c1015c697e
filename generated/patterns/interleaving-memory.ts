// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import type { Moment, Standing, Step } from './interleaving-moment.ts'
import type { Sight } from './interleaving-run.ts'

/** What a step leads to. */
interface Outcome { world: string, standing: Standing, said: Moment['notes'], isChange: boolean, moved: Sight['moved'] }

/** What has come of each step, by the world in which it was taken and what its process had been told. */
export class Memory {
  readonly #outcomes = new Map<string, Outcome>()
  readonly #parts = new Map<string, unknown>()

  #name({ world, standings }: Moment, { who, dies }: Step): string {
    const { history, seen } = standings[who]!
    return `${world} ${who} ${dies} ${history} ${seen}`
  }

  learn(before: Moment, step: Step, { moment, moved }: Sight, isChange: boolean): void {
    const { world, standings, notes } = moment
    const said = notes.slice(before.notes.length)
    this.#outcomes.set(this.#name(before, step), { world, standing: standings[step.who]!, said, isChange, moved })
  }
  // keep no part twice
  share({ world, standings, notes, deaths }: Moment): Moment {
    return { world: this.#one(world), standings: standings.map(each => this.#one(each)), notes: this.#one(notes), deaths }
  }

  #one<T>(value: T): T {
    const key = JSON.stringify(value)
    if (!this.#parts.has(key)) this.#parts.set(key, value)
    return this.#parts.get(key) as T
  }

  /** The moment after a step, if that is known. */
  recall(before: Moment, step: Step): Moment | null {
    const outcome = this.#outcomes.get(this.#name(before, step))
    if (outcome === undefined) return null
    const { world, standing, said, isChange, moved } = outcome
    const isStill = !isChange && moved.every((to, from) => to === from)
    const standings = before.standings.map((other, who) => who === step.who ? standing : isStill ? other : {
      ...other, isAsleep: other.isAsleep && !isChange, seen: other.seen.map(file => file === null ? null : moved[file]!),
    })
    const notes = said.length === 0 ? before.notes : [...before.notes, ...said]
    return { world, standings, notes, deaths: before.deaths + Number(step.dies) }
  }
}
