// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
import { atomicWrite } from 'filesystem-communication-space/patterns'

/** Replaces the file by a line with the token and then `text`, unless it has a greater token: ESTALE. */
export function fencedWrite(path: string, token: number, text: string): void {
  atomicWrite(path, `${token}\n${text}`)
}
