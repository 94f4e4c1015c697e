// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { existsSync } from 'node:fs'
import type { Ending } from 'filesystem-communication-space/patterns'

/** Throws if the parcel is lost, or if two believe to have it. */
export function check({ folder, notes }: Ending): void {
  const places = ['in', 'out'].filter(name => existsSync(`${folder}/${name}/parcel`))
  if (places.length !== 1) throw new Error(`the parcel is in ${places.length} places`)
  if (notes.filter(({ text }) => text === 'has it').length > 1) throw new Error('two have it')
}
