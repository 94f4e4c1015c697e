// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { dirname } from 'node:path'
import { open, stat } from 'filesystem-communication-space/foundations'
import { Watcher } from 'filesystem-communication-space/files'

/** What is written to the file from now on, piece by piece. Ends when the signal is aborted. */
export async function* follow(path: string, signal: AbortSignal): AsyncGenerator<string> {
  const watcher = new Watcher(dirname(path))
  signal.addEventListener('abort', () => watcher.close())
  let file = open(path)
  let position = file.stat().size
  const buffer = Buffer.alloc(65_536)
  try {
    do {
      watcher.take()
      for (let count; (count = file.read(buffer, position)) > 0; position += count) {
        yield buffer.toString('utf8', 0, count)
      }
      if (stat(path).ino !== file.stat().ino) {
        file.close()
        file = open(path)
        position = 0
        continue
      }
      if (!await watcher.wait()) return
    } while (!signal.aborted)
  } finally {
    watcher.close()
    file.close()
  }
}
