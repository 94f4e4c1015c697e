// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import * as fs from 'node:fs'
import { bind, tap } from './kernel.ts'

const bare = koffi.load(null).func(
  'intptr_t pwrite(int fd, const void *bytes, size_t count, int64_t at)')
const pwrite = bind('ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at)')
const access = bind('int access(const char *path, int mode)')
const [sink, bytes] = [fs.openSync('/dev/null', 'w'), Buffer.alloc(64)]

function nsPerCall(callsMax: number, call: () => void): (context: { quick: boolean }) => number {
  return ({ quick }) => {
    const calls = quick ? callsMax / 10 : callsMax
    for (let i = 0; i < 5000; i++) call()
    const start = process.hrtime.bigint()
    for (let i = 0; i < calls; i++) call()
    return Number(process.hrtime.bigint() - start) / calls
  }
}

function refused(call: () => void): void {
  try {
    call()
  } catch {
    return
  }
  throw new Error('the call was not refused')
}

const writeThroughDoor = nsPerCall(500_000, () => pwrite(sink, bytes, 64, 0))
const rows = (group: string, ways: Record<string, (context: { quick: boolean }) => number>) =>
  Object.entries(ways).map(([name, run]) => ({ name, group, run }))

export default {
  question: 'How many nanoseconds does a call through the door take?',
  unit: 'ns/call',
  better: 'lower',
  baseline: ['write: node:fs', 'refusal: node:fs'],
  rows: [
    ...rows('write', {
      'write: node:fs': nsPerCall(500_000, () => fs.writeSync(sink, bytes, 0, 64, 0)),
      'write: koffi alone': nsPerCall(500_000, () => bare(sink, bytes, 64, 0)),
      'write: the door': writeThroughDoor,
      'write: the door, one observer': context => {
        const stop = tap((_syscall, _args, proceed) => proceed())
        const result = writeThroughDoor(context)
        stop()
        return result
      },
    }),
    ...rows('refusal', {
      'refusal: node:fs': nsPerCall(50_000, () => refused(() => fs.accessSync('/no/such'))),
      'refusal: the door': nsPerCall(50_000, () => refused(() => access('/no/such', 0))),
    }),
  ],
}
