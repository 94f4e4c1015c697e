// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { tap, type Observer } from '../foundations/kernel.ts'

/** Runs `action` with `observer` in the door, and waits until it has ended. */
export async function during<T>(observer: Observer, action: () => Promise<T>): Promise<T> {
  const stop = tap(observer)
  try {
    return await action()
  } finally {
    for (let i = 0; i < 4; i++) await new Promise(setImmediate)   // what it left in the queue
    stop()
  }
}

export class Killed extends Error {}

/** Runs `action` as a process that dies before call number `step`, from 0. False when it died. */
export async function livesThrough(step: number, action: () => Promise<unknown>): Promise<boolean> {
  const opened = new Set<number>()
  let calls = 0
  try {
    await during((syscall, args, proceed) => {
      if (calls++ >= step) throw new Killed()
      const result = proceed()
      if (syscall === 'open' && result >= 0) opened.add(result)
      if (syscall === 'close') opened.delete(args[0] as number)
      return result
    }, action).catch(error => { if (calls <= step) throw error })
    return calls <= step
  } finally {
    for (const fd of opened) fs.closeSync(fd)   // as the kernel does for the dead
  }
}

/** The files below `folder` that this process has open. */
export function openBelow(folder: string): string[] {
  return fs.readdirSync('/proc/self/fd').flatMap(name => {
    try {
      return [fs.readlinkSync(`/proc/self/fd/${name}`)].filter(path => path.startsWith(folder))
    } catch {
      return []   // the folder that was just listed
    }
  })
}

/** Answers call number `step` with `answer`; `failed` says which it was, and whether there was one. */
export function failing(step: number, answer: number): { observer: Observer, failed(): string | undefined } {
  let calls = 0, name: string | undefined
  const observer: Observer = (syscall, _args, proceed) => {
    if (calls++ !== step) return proceed()
    name = syscall
    if (syscall === 'close') proceed()   // a close that reports an error has closed all the same
    return answer
  }
  return { observer, failed: () => name }
}

/** A signal at every second call, and writes of at most a few bytes. */
export function disturbed(most = 7): Observer {
  let calls = 0
  return (syscall, args, proceed) => {
    if (calls++ % 2 === 0 && syscall !== 'close') return -4
    if (syscall !== 'pwrite') return proceed()
    const [fd, bytes, , position] = args as [number, Buffer, number, number]
    return fs.writeSync(fd, bytes, 0, Math.min(bytes.length, most), position)
  }
}
