// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import type { OpenFile } from 'filesystem-communication-space/foundations'
import { Attributes } from 'filesystem-communication-space/primitives'

const PREFIX = 'user.printed.'

export function printed(file: OpenFile): number {
  const attributes = new Attributes(file)
  const given = attributes.names().filter(name => name.startsWith(PREFIX))
  let number = Math.max(0, ...given.map(name => Number(name.slice(PREFIX.length))))
  do number++; while (!attributes.create(PREFIX + number))
  return number
}
