// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import {
  open, O_CREAT, O_EXCL, O_WRONLY, SystemError,
} from 'filesystem-communication-space/foundations'

/** The next number, from 1 on, that nobody has. Its name is then in the folder. */
export function takeTicket(folder: string): number {
  for (let number = 1; ; number++) {
    try {
      open(`${folder}/${number}`, O_WRONLY | O_CREAT | O_EXCL).close()
      return number
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
    }
  }
}
