// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import { open, SystemError } from 'filesystem-communication-space/foundations'
import { atomicWrite } from 'filesystem-communication-space/patterns'

/** Adds one to the number in the file `path` and returns the new one. */
export function increment(path: string): number {
  let number = 1
  try {
    const file = open(path)
    number = Number(file.readAll().toString()) + 1
    file.close()
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ENOENT')) throw error
  }
  atomicWrite(path, String(number), { durability: 'os' })
  return number
}
