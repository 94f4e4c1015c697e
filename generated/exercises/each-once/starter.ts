// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import type { Ack, Intake } from 'filesystem-communication-space/patterns'

/** Returns an `accept` that stores each reading, `identifier:…`, once. */
export function acceptOnce(intake: Pick<Intake, 'accept'>): (raw: Buffer) => Promise<Ack> {
  return raw => intake.accept(raw)
}
