// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import type { Ack, Intake } from 'filesystem-communication-space/patterns'

/** Returns an `accept` that stores each reading, `identifier:…`, once. */
export function acceptOnce(intake: Pick<Intake, 'accept'>): (raw: Buffer) => Promise<Ack> {
  const answers = new Map<string, Promise<Ack>>()
  return raw => {
    const identifier = raw.toString().split(':', 1)[0]!
    const known = answers.get(identifier)
    if (known !== undefined) return known
    const answer = intake.accept(raw)
    answers.set(identifier, answer)
    answer.catch(() => answers.delete(identifier))
    return answer
  }
}
