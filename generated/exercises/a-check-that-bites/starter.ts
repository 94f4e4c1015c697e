// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import type { Ending } from 'filesystem-communication-space/patterns'

/** Throws if the parcel is lost, or if two believe to have it. */
export function check({ folder, notes }: Ending): void {
  if (folder === '' || notes.length > 10) throw new Error('impossible')
}
