// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import { readModifyWrite } from 'filesystem-communication-space/patterns'

/** Takes `amount` from one account and puts it into the other. */
export async function transfer(from: string, to: string, amount: number): Promise<void> {
  const quick = { durability: 'os', timeoutMs: 2000 } as const
  await readModifyWrite(from, async old => {
    await readModifyWrite(to, other => String(Number(other) + amount), quick)
    return String(Number(old) - amount)
  }, quick)
}
