// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { createHash } from 'node:crypto'
import { NAP, type Report } from './interleaving-baton.ts'

export const hash = (text: string) => createHash('sha1').update(text).digest('base64')

/** What one process will do, and what it waits for. */
export interface Standing {
  /** All that it did and was told, as a hash, and what it will do next; or how it ended. */
  history: string
  at: Report['at'], text: string, mayHold: boolean
  /** It waits, and nobody has done anything since. */
  isAsleep: boolean
  /** The files that it has seen, by their numbers in this world; null for one that has gone. */
  seen: (number | null)[]
}

/** All that decides what can follow. */
export interface Moment {
  /** A hash of the folder, of all that is open and locked, and of the clock. */
  world: string
  standings: readonly Standing[]
  notes: readonly { who: string, text: string }[]
  deaths: number
}

export function keyOf({ world, standings, notes, deaths }: Moment, last?: number): string {
  const actors = standings.map(({ history, isAsleep, seen }) => [history, isAsleep, seen])
  return hash(JSON.stringify([world, actors, notes, deaths, last]))
}

/** What is known of a moment: those that follow it, and the steps that nobody has taken. */
export interface State { next: State[], steps: Step[] }

/** A step that was taken, or could have been: the last of a schedule. */
export interface Step {
  before: Step | null, who: number, dies: boolean, preemptions: number, isLook: boolean
  /** Where it was possible, and whether it was taken there. */
  from: State | null, moment: Moment | null, isTaken: boolean
}

export interface Rules { deaths: number, isReduced: boolean, isUnbounded: boolean }

/** What could be done now, the same process's next call first. Nobody dies beyond `deaths`. */
export function stepsFrom(moment: Moment, state: State, last: Step | null, rules: Rules): Step[] {
  const { deaths, isReduced, isUnbounded } = rules
  const { standings, deaths: died } = moment
  const isLate = isReduced && isUnbounded
  const living = theLiving(moment, last, rules)
  const able = whoCan(moment, living)
  const at = (who: number) => standings[who]!.at
  const isMortal = (who: number) => at(who) !== 'close' && !(isReduced && at(who) === 'look') &&
    (!isLate || standings[who]!.mayHold || able.every(other => other === who))
  const isNews = (who: number) => !(isLate && last?.isLook && at(who) === 'look' && who < last.who)
  const mortal = died < deaths ? living.filter(isMortal) : []
  const steps = [...able.filter(isNews).map(who => ({ who, dies: false })), ...mortal.map(who => ({ who, dies: true }))]
  return steps.map(({ who, dies }) => ({
    before: last, who, dies, from: state, moment, isTaken: false, isLook: !dies && at(who) === 'look',
    preemptions: (last?.preemptions ?? 0) + Number(who !== last?.who && able.includes(last?.who ?? -1)),
  })).sort((a, b) => a.preemptions - b.preemptions)
}

/** Whether all have ended, or wait for each other. */
export function isLast(moment: Moment, last: Step | null, rules: Rules): boolean {
  return whoCan(moment, theLiving(moment, last, rules)).length === 0
}

/** Who does not wait for another. A nap ends by itself when nobody else can do anything. */
function whoCan({ standings }: Moment, living: number[]): number[] {
  const able = living.filter(who => !standings[who]!.isAsleep)
  return able.length > 0 ? able : living.filter(who => standings[who]!.text === NAP)
}

/** Those who must not wait for others, or else all; in the end, one of those who have nothing left but to return. */
function theLiving({ standings }: Moment, last: Step | null, { isReduced, isUnbounded }: Rules): number[] {
  const all = [...standings.keys()]
  const isAt = (who: number, ...places: Report['at'][]) => places.includes(standings[who]!.at)
  const isLate = isReduced && isUnbounded
  const first = all.filter(who => isAt(who, 'return') && (!isLate || standings[who]!.mayHold) ||
    isAt(who, 'close') && isReduced && last?.dies === true && last.who === who)
  const others = all.filter(who => !isAt(who, 'return', 'end'))
  if (first.length > 0) return first
  return others.length > 0 ? others : all.filter(who => isAt(who, 'return')).slice(0, 1)
}
