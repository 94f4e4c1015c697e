// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { setTimeout as sleep } from 'node:timers/promises'
import { open } from 'filesystem-communication-space/foundations'

/** What is written to the file from now on, piece by piece. Ends when the signal is aborted. */
export async function* follow(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const file = open(path)
  let position = file.stat().size
  const buffer = Buffer.alloc(65_536)
  while (!signal.aborted) {
    const count = file.read(buffer, position)
    position += count
    if (count > 0) yield buffer.toString('utf8', 0, count)
    else await sleep(200)
  }
  file.close()
}
