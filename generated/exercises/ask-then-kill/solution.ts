// Told in chapters/02-primitives-catalog/18-pidfd.md. Edit it there, or edit here and stitch.
import type { Pidfd } from 'filesystem-communication-space/primitives'

export async function endAll(handles: Pidfd[], graceMs: number): Promise<('went' | 'killed')[]> {
  return Promise.all(handles.map(async handle => {
    handle.signal('SIGTERM')
    try {
      await handle.wait({ timeoutMs: graceMs })
      return 'went'
    } catch (error) {
      if ((error as { code: string }).code !== 'ETIMEDOUT') throw error
    }
    handle.signal('SIGKILL')
    await handle.wait()
    return 'killed'
  }))
}
