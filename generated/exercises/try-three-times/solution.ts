// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { setTimeout as pause } from 'node:timers/promises'
import type { Enrich } from 'filesystem-communication-space/patterns'

/** Gives `enrich` three attempts, `pauseMs` apart. */
export function patiently(enrich: Enrich, pauseMs: number): Enrich {
  return async (raw, sequence) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await enrich(raw, sequence)
      } catch (error) {
        if (attempt === 3) throw error
        await pause(pauseMs)
      }
    }
  }
}
