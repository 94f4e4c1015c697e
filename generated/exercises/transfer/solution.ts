// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
import { readModifyWrite } from 'filesystem-communication-space/patterns'

/** Takes `amount` from one account and puts it into the other. */
export async function transfer(from: string, to: string, amount: number): Promise<void> {
  const quick = { durability: 'os', timeoutMs: 2000 } as const
  const [first, second] = [from, to].sort() as [string, string]
  const change = (path: string, old: Buffer | null) =>
    String(Number(old) + (path === from ? -amount : amount))
  await readModifyWrite(first, async old => {
    await readModifyWrite(second, other => change(second, other), quick)
    return change(first, old)
  }, quick)
}
