// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tap } from '../foundations/kernel.ts'

class Killed extends Error {}

/** Runs `action` as a process that dies before its call number `step`, from 0. False if it died. */
export function livesThrough(step: number, action: () => void): boolean {
  const opened = new Set<number>()
  let calls = 0
  const stop = tap((syscall, args, proceed) => {
    if (calls++ >= step) throw new Killed()
    const result = proceed()
    if (/^open(at)?$/.test(syscall) && result >= 0) opened.add(result)
    if (syscall === 'close') opened.delete(args[0] as number)
    return result
  })
  try {
    action()
    return calls <= step
  } catch (error) {
    if (!(error instanceof Killed)) throw error
    return false
  } finally {
    stop()
    for (const fd of opened) fs.closeSync(fd)   // as the kernel does for the dead
  }
}
