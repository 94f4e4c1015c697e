// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
import { death, feelPulse } from 'filesystem-communication-space/patterns'

/** Resolves when the process is dead. One that is silent for `silentMs` is killed. */
export async function bury(path: string, silentMs: number): Promise<void> {
  for (;;) {
    const pulse = feelPulse(path, { silentMs })
    if (pulse === null || pulse.state === 'dead') return
    if (pulse.state === 'silent') process.kill(pulse.pid, 'SIGKILL')
    const waiting = death(path, { timeoutMs: pulse.state === 'silent' ? 5000 : silentMs / 4 })
    await waiting.catch(error => { if (error.code !== 'ETIMEDOUT') throw error })
  }
}
