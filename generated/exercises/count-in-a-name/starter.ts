// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { Attributes } from 'filesystem-communication-space/primitives'

export function printed(file: OpenFile): number {
  const attributes = new Attributes(file)
  const count = Number(attributes.get('user.printed') ?? 0) + 1
  attributes.set('user.printed', `${count}`.padEnd(100))
  attributes.set(`user.last.${count}`, ' '.repeat(100))
  return count
}
