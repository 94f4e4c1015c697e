// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import { type HybridClock, hybridText } from 'filesystem-communication-space/patterns'

/** A name for a message of `machine`, which has read the messages called `read`. */
export function nameFor(_machine: string, clock: HybridClock, _read: readonly string[]): string {
  return hybridText(clock.now())
}
