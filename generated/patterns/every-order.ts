// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import type { Ending } from './interleaving.ts'

/** How often something was noted, by whomever. A death is noted as 'dies'. */
export function countNotes({ notes }: Pick<Ending, 'notes'>, wanted: string): number {
  return notes.filter(({ text }) => text === wanted).length
}

/** Throws if one notes 'in' while another is inside. Any other note of its own leads out, and so does death. */
export function neverTwo({ notes }: Pick<Ending, 'notes'>): void {
  let inside: string | null = null
  for (const { who, text } of notes) {
    if (text === 'in') {
      if (inside !== null) throw new Error(`${who} comes in while ${inside} is inside`)
      inside = who
    } else if (inside === who) inside = null
  }
}
