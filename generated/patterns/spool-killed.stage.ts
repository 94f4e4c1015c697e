// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tap } from '../foundations/kernel.ts'

export class Killed extends Error {}

/** Runs `action`, which dies before call number `step` if there is one; says what it has open then. */
export function killable<T>(action: () => T, step = Infinity): { result?: T, died: boolean, descriptors: Set<number> } {
  const descriptors = new Set<number>()
  let calls = 0
  const stop = tap((syscall, args, proceed) => {
    if (calls++ >= step) throw new Killed()
    const result = proceed()
    if (/^open|^inotify_init/.test(syscall) && result >= 0) descriptors.add(result)
    if (syscall === 'close') descriptors.delete(args[0] as number)
    return result
  })
  try {
    return { result: action(), died: false, descriptors }
  } catch (error) {
    if (calls <= step) throw error
    return { died: true, descriptors }
  } finally {
    stop()
  }
}

/** What the kernel does for the dead. */
export function killAll(descriptors: Set<number>): void {
  for (const fd of descriptors) fs.closeSync(fd)
  descriptors.clear()
}
