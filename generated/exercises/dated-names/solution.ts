// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import { type HybridClock, hybridText, parseHybrid } from 'filesystem-communication-space/patterns'

/** A name for a message of `machine`, which has read the messages called `read`. */
export function nameFor(machine: string, clock: HybridClock, read: readonly string[]): string {
  for (const name of read) clock.observe(parseHybrid(name.slice(0, 16)))
  return `${hybridText(clock.now())}-${machine}`
}
