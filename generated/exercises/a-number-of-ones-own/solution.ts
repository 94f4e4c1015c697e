// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_EXCL, O_WRONLY, SystemError } from 'filesystem-communication-space/foundations'

/** Takes a number that nobody else has in this folder. */
export function takeNumber(folder: string): number {
  for (let number = 1; ; number++) {
    try {
      open(`${folder}/${number}`, O_WRONLY | O_CREAT | O_EXCL).close()
      return number
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
    }
  }
}
