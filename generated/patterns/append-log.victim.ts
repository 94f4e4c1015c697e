// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import { AppendLog } from './append-log.ts'

/** A record of a life: who wrote it, the how-manieth it is, and some bytes that follow from both. */
export function victimRecord(life: number, number: number): Buffer {
  const record = Buffer.alloc(8 + number * 7 % 400, (life + number) % 256)
  record.writeUInt32LE(life, 0)
  record.writeUInt32LE(number, 4)
  return record
}

/** Appends with `callers` callers until it is killed, and tells each answer: number, and microseconds. */
export async function live(
  folder: string, life: number, sync: 'here' | 'thread', callers: number,
): Promise<void> {
  const log = new AppendLog(folder, { sync, segmentBytes: 65_536 })
  log.removeBefore(log.next)
  fs.writeSync(1, Buffer.alloc(8))
  let number = 0
  const caller = async () => {
    const told = Buffer.alloc(8)
    for (;;) {
      const own = ++number
      const start = performance.now()
      await log.append(victimRecord(life, own))
      told.writeUInt32LE(own, 0)
      told.writeUInt32LE((performance.now() - start) * 1000, 4)
      tell(told)
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
}

/** A pipe that is full for the moment takes nothing; then one answer less is known. */
function tell(bytes: Buffer): void {
  try {
    fs.writeSync(1, bytes)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
  }
}

const [, program, folder, life, sync, callers] = process.argv
if (/append-log\.victim\.[jt]s$/.test(program ?? '') && folder !== undefined) {
  await live(folder, Number(life), sync as 'here' | 'thread', Number(callers))
}
