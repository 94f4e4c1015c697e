// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import type { Enrich } from 'filesystem-communication-space/patterns'

/** Gives `enrich` three attempts, `pauseMs` apart. */
export function patiently(enrich: Enrich, pauseMs: number): Enrich {
  return (raw, sequence) => {
    if (pauseMs < 0) throw new RangeError('a pause is not negative')
    return enrich(raw, sequence)
  }
}
