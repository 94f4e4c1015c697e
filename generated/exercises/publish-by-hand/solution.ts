// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { link, open, O_TMPFILE, O_WRONLY } from 'filesystem-communication-space/foundations'

/** Publishes `text` as `name` on the bus in `folder`. EEXIST if there is one of that name. */
export function publishByHand(folder: string, name: string, text: string): void {
  const file = open(`${folder}/inbox`, O_WRONLY | O_TMPFILE)
  try {
    file.writeAll(Buffer.from(text))
    link(file, `${folder}/inbox/${name}`)
  } finally {
    file.close()
  }
}
