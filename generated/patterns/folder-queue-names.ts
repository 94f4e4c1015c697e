// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import { bind, SystemError } from '../foundations/kernel.ts'
import { Folder } from '../foundations/name.ts'

const clockCall = bind('int clock_gettime(int clock, void *time)')
const CLOCK_REALTIME = 0

/** Gives 19 digits, nanoseconds since 1970, each greater than the one before, whatever the clock does. */
export function timeGiver(): () => string {
  let [seconds, nanoseconds] = [0, 0]
  return () => {
    const time = Buffer.allocUnsafe(16)   // struct timespec
    clockCall(CLOCK_REALTIME, time)
    const [now, part] = [time.readUIntLE(0, 6), time.readUInt32LE(8)]
    if (now > seconds || (now === seconds && part > nanoseconds)) [seconds, nanoseconds] = [now, part]
    else if (++nanoseconds === 1e9) [seconds, nanoseconds] = [seconds + 1, 0]
    return `${String(seconds).padStart(10, '0')}${String(nanoseconds).padStart(9, '0')}`
  }
}

/** Twelve digits, so that buckets sort by their numbers. */
export const bucketName = (number: number) => String(number).padStart(12, '0')

/** A claim's bucket and name; null for what is no claim. */
export function partsOf(claim: string): { bucket: string, name: string } | null {
  const [, bucket, name] = /^(\d{12})\.(.+)$/s.exec(claim) ?? []
  return bucket === undefined ? null : { bucket, name: name! }
}

export const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** Does it, unless the kernel refuses with one of the codes; says whether it was done. */
export function unless(codes: string[], action: () => void): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (is(error, ...codes)) return false
    throw error
  }
}

/** The visible names in a folder, unsorted; none if it is gone. Folders and names that are no text are left out. */
export function namesIn(path: string, type: 'file' | 'directory'): string[] {
  const found: string[] = []
  let folder: Folder | undefined
  try {
    folder = new Folder(path)
    for (let read; (read = folder.read()) !== null;) {
      for (const [i, name] of read.names.entries()) {
        const isThat = read.types[i] === type || read.types[i] === 'unknown'
        if (isThat && typeof name === 'string' && name[0] !== '.') found.push(name)
      }
    }
  } catch (error) {
    if (!is(error, 'ENOENT')) throw error
  } finally {
    folder?.close()
  }
  return found
}
