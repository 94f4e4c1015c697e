// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { announce } from 'filesystem-communication-space/namespace'

export interface Seat { number: number, file: OpenFile }

/** Takes the first free of the seats 1 to `count`; null if there is none. */
export function takeSeat(table: string, count: number): Seat | null {
  for (let number = 1; number <= count; number++) {
    try {
      return { number, file: announce(table, `seat-${count}`) }
    } catch { /* taken */ }
  }
  return null
}
