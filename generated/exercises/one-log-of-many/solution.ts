// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import {
  compareStamps, type LamportClock, type Stamp,
} from 'filesystem-communication-space/patterns'

export interface Line { text: string, stamp: Stamp }

/** A line of the node's own. */
export function write(clock: LamportClock, journal: Line[], text: string): Line {
  const line = { text, stamp: clock.tick() }
  journal.push(line)
  return line
}

/** The node has read a line of another node's. */
export function hear(clock: LamportClock, { stamp }: Line): void { clock.observe(stamp) }

export function merge(journals: readonly Line[][]): string[] {
  const all = journals.flat().sort((a, b) => compareStamps(a.stamp, b.stamp))
  return all.map(({ text }) => text)
}
