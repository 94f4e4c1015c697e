// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'

/** Takes a number that nobody else has in this folder. */
export function takeNumber(folder: string): number {
  const file = open(`${folder}/last`, O_RDWR | O_CREAT)
  const number = Number(file.readAll().toString()) + 1
  file.writeAll(Buffer.from(String(number)), 0)
  file.close()
  return number
}
