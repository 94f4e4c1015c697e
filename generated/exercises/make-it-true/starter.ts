// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import { feelPulse } from 'filesystem-communication-space/patterns'

/** Resolves when the process is dead. One that is silent for `silentMs` is killed. */
export async function bury(path: string, silentMs: number): Promise<void> {
  while (feelPulse(path, { silentMs })?.state === 'beating') await new Promise(resolve => setTimeout(resolve, 20))
}
