// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
import {
  open, O_CREAT, O_RDWR, SystemError,
} from 'filesystem-communication-space/foundations'
import { atomicWrite } from 'filesystem-communication-space/patterns'

/** Adds one to the number in the file `path` and returns the new one. */
export function increment(path: string): number {
  const lock = open(`${path}.lock`, O_RDWR | O_CREAT)
  try {
    while (!lock.tryLock());
    const number = read(path) + 1
    atomicWrite(path, String(number), { durability: 'os' })
    return number
  } finally {
    lock.close()
  }
}

function read(path: string): number {
  try {
    const file = open(path)
    const number = Number(file.readAll().toString())
    file.close()
    return number
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return 0
    throw error
  }
}
