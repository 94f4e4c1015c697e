// Told in chapters/03-patterns-and-idioms/17-barrier.md. Edit it there, or edit here and stitch.
import { type Barrier } from 'filesystem-communication-space/patterns'

/** Joins, runs `step` for each round and meets the others after it. */
export async function inStep(barrier: Barrier, name: string, rounds: number, step: (round: number) => Promise<void>): Promise<void> {
  const party = barrier.join(name)
  try {
    for (let round = 1; round <= rounds; round++) {
      await step(round)
      await party.meet()
    }
  } finally {
    party.leave()
  }
}
