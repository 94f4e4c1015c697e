// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_WRONLY } from 'filesystem-communication-space/foundations'

/** Publishes `text` as `name` on the bus in `folder`. EEXIST if there is one of that name. */
export function publishByHand(folder: string, name: string, text: string): void {
  const file = open(`${folder}/inbox/${name}`, O_WRONLY | O_CREAT)
  for (const line of text.split(/(?<=\n)/)) file.writeAll(Buffer.from(line))
  file.close()
}
