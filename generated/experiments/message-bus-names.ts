// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { isUtf8 } from 'node:buffer'
import { bind, type Path } from '../foundations/kernel.ts'

const getrandomCall = bind('ssize_t getrandom(void *buffer, size_t size, unsigned int flags)')

/** 12 hexadecimal digits that nobody else has: a publisher, or a worker. Not a process number,
 * since those come again. */
export function newId(): string {
  const bytes = Buffer.alloc(6)
  getrandomCall(bytes, bytes.length, 0)
  return bytes.toString('hex')
}

/** Gives names that sort by time. Each is greater than the one before it, whatever the clock
 * does. */
export function nameGiver(publisher = newId()): () => string {
  let last = 0
  return () => {
    last = Math.max(last + 1, Date.now() * 1000)
    const time = new Date(Math.floor(last / 1000)).toISOString().replace(/[-:Z]/g, '')
    return `${time}${String(last % 1000).padStart(3, '0')}-${publisher}`
  }
}

const NAME = /^\.?\d{8}T\d{6}\.\d{6}-([0-9a-f]{12})$/

/** Who published it, or '' when somebody's hand named it. */
export function publisherOf(name: Path): string {
  return typeof name === 'string' ? NAME.exec(name)?.[1] ?? '' : ''
}

/** The path of a name in a folder, with something behind it. */
export function inFolder(folder: string, name: Path, tail = ''): Path {
  if (typeof name === 'string') return `${folder}/${name}${tail}`
  return Buffer.concat([Buffer.from(`${folder}/`), name, Buffer.from(tail)])
}

/** Divides a claim at its last `@`. A claim without one was made by hand. */
export function partsOf(claim: Path): { name: Path, worker?: string } {
  const at = typeof claim === 'string' ? claim.lastIndexOf('@') : claim.lastIndexOf(64)
  if (at <= 0) return { name: claim }
  const worker = claim.slice(at + 1)
  return { name: tidy(claim.slice(0, at)), worker: Buffer.from(worker).toString() }
}

/** A text where it is one. `list` gives names in this form, and the parts of a name may become
 * it. */
export function tidy(name: Path): Path {
  return typeof name !== 'string' && isUtf8(name) ? Buffer.from(name).toString() : name
}

export const isHidden = (name: Path) => name[0] === '.' || name[0] === 46

/** A name as the key of a map. No name has a NUL in it. */
export const keyOf = (name: Path) =>
  typeof name === 'string' ? name : `\0${Buffer.from(name).toString('latin1')}`

/** In the order of the texts; names that are no text come last, in the order of their bytes. */
export function sortNames(names: Path[]): Path[] {
  const texts = names.filter(name => typeof name === 'string').sort()
  const bytes = names.filter(name => typeof name !== 'string')
  return [...texts, ...bytes.sort((a, b) => Buffer.compare(a as Uint8Array, b as Uint8Array))]
}

/** The longest name of a message, in bytes: 255, and a claim adds `@` and 12 digits. */
export const NAME_BYTES_MAX = 242

export const isTooLong = (name: Path) => Buffer.byteLength(name) > NAME_BYTES_MAX
