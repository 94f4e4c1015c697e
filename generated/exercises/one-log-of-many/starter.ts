// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import type { LamportClock, Stamp } from 'filesystem-communication-space/patterns'

export interface Line { text: string, stamp: Stamp }

/** A line of the node's own. */
export function write(clock: LamportClock, journal: Line[], text: string): Line {
  const line = { text, stamp: { time: Date.now(), node: clock.node } }
  journal.push(line)
  return line
}

/** The node has read a line of another node's. */
export function hear(_clock: LamportClock, _line: Line): void {}

export function merge(journals: readonly Line[][]): string[] {
  return journals.flat().sort((a, b) => a.stamp.time - b.stamp.time).map(({ text }) => text)
}
