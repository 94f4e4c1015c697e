// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
import fc from 'fast-check'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { stat } from '../foundations/file.ts'
import { tap } from '../foundations/kernel.ts'
import { changedSince, clockNs, filesystemNs, mark } from './timestamp.ts'

const home = fs.mkdtempSync(`${tmpdir()}/timestamp-`)
test.after(() => fs.rmSync(home, { recursive: true, force: true }))
let count = 0
const fresh = () => `${home}/${count++}`
const pause = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

/** Cuts the times of every statx to a unit, as a filesystem does that keeps them so. */
function coarsely<T>(unitNs: bigint, action: () => T): T {
  const stop = tap((syscall, args, proceed) => {
    const result = proceed()
    if (syscall !== 'statx' || result < 0) return result
    const struct = Buffer.from((args[4] as Uint8Array).buffer, (args[4] as Uint8Array).byteOffset)
    for (const at of [96, 112]) {
      const time = struct.readBigInt64LE(at) * SECOND + BigInt(struct.readUInt32LE(at + 8))
      const cut = time - time % unitNs
      struct.writeBigInt64LE(cut / SECOND, at)
      struct.writeUInt32LE(Number(cut % SECOND), at + 8)
    }
    return result
  })
  try {
    return action()
  } finally {
    stop()
  }
}
const SECOND = 1_000_000_000n

const steps: Record<string, (path: string, text: string) => void> = {
  write: (path, text) => fs.writeFileSync(path, text),
  replace: (path, text) => { fs.writeFileSync(`${path}.new`, text); fs.renameSync(`${path}.new`, path) },
  lie: path => fs.utimesSync(path, 1, 1),
  writeAndLie: (path, text) => {
    const { atime, mtime } = fs.statSync(path)
    fs.writeFileSync(path, text)
    fs.utimesSync(path, atime, mtime)
  },
  chmod: path => fs.chmodSync(path, 0o600),
  nothing: () => {},
}
const plan = fc.array(fc.record({
  step: fc.constantFrom(...Object.keys(steps)), text: fc.constantFrom('aaaa', 'bbbb', 'cc'),
  waitMs: fc.constantFrom(0, 0, 0, 5, 25),
}), { minLength: 1, maxLength: 12, size: 'max' })

for (const [unit, unitNs, runs] of [['as it is', 1n, 40], ['10 ms', SECOND / 100n, 40],
  ['1 s', SECOND, 25], ['2 s', 2n * SECOND, 25]] as const) {
  test(`BOOK-Q2 changedSince is never wrong, whatever is done to the file; unit ${unit}`, () => {
    fc.assert(fc.property(plan, fc.boolean(), (actions, keep) => coarsely(unitNs, () => {
      const path = fresh()
      fs.writeFileSync(path, 'aaaa')
      let [old, text] = [mark(path), 'aaaa']
      for (const action of actions) {
        if (action.waitMs > 0) pause(action.waitMs)
        steps[action.step]!(path, action.text)
        const now = fs.readFileSync(path, 'utf8')
        const answer = changedSince(path, old)
        assert.is(answer.changed, now !== text, `${action.step} ${action.text}`)
        if (keep) [old, text] = [answer.mark!, now]
      }
    })), { numRuns: runs })
  })
}

test('BOOK-Q2 without the settling, a second write in the same unit is not seen', () => {
  coarsely(SECOND, () => {
    const path = fresh()
    pause(1000 - Date.now() % 1000 + 20)   // the unit has just begun
    fs.writeFileSync(path, 'aaaa')
    const old = mark(path)
    assert.is(old.settled, false)
    fs.writeFileSync(path, 'bbbb')
    assert.is(changedSince(path, { ...old, settled: true }).changed, false, 'deceived')
    assert.is(changedSince(path, old).changed, true)
    assert.is(changedSince(path, { ...old, digest: null }).changed, 'unknown')
  })
})

test('a settled mark is answered by the times alone, and a racy one is read once', () => {
  const path = fresh()
  fs.writeFileSync(path, 'aaaa')
  const racy = mark(path)
  pause(45)
  let reads = 0
  const stop = tap((syscall, _args, proceed) => { if (syscall === 'read') reads++; return proceed() })
  const first = changedSince(path, racy)
  const afterFirst = reads
  const second = changedSince(path, first.mark!)
  stop()
  assert.equal([racy.settled, first.changed, first.mark!.settled], [false, false, true])
  assert.equal([afterFirst > 0, reads, second.changed, second.mark], [true, afterFirst, false, first.mark])
  fs.unlinkSync(path)
  assert.equal(changedSince(path, first.mark!), { changed: true, mark: null })
})

test('BOOK-Q2 two files in one tick have one time, and a file is older than the clock before it', () => {
  let [pairs, early, lies] = [0, 0, 0]
  for (let i = 0; i < 100; i++) {
    const [one, other] = [fresh(), fresh()]
    const before = clockNs('realtime')
    fs.writeFileSync(one, '')
    fs.writeFileSync(other, '')
    if (stat(one).mtimeNs === stat(other).mtimeNs) pairs++
    if (stat(one).mtimeNs < before) early++
    fs.utimesSync(one, 0, 0)
    if (stat(one).mtimeNs === 0n && stat(one).ctimeNs > 0n) lies++
  }
  assert.ok(pairs > 50, `${pairs} pairs`)
  assert.ok(early > 50, `${early} early`)
  assert.is(lies, 100)
})

test('a file that is looked at between two writes has two times since Linux 6.13', () => {
  const [major, minor] = fs.readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.').map(Number)
  const isMultigrain = major! > 6 || major === 6 && minor! >= 13
  let same = 0
  for (let i = 0; i < 100; i++) {
    const path = fresh()
    fs.writeFileSync(path, 'aaaa')
    const { mtimeNs } = stat(path)
    fs.writeFileSync(path, 'bbbb')
    if (stat(path).mtimeNs === mtimeNs) same++
  }
  assert.ok(isMultigrain ? same === 0 : same > 50, `${same} of 100`)
})

test('the filesystem here keeps the time of the coarse clock', () => {
  const before = clockNs('coarse')
  const there = filesystemNs(home)
  assert.ok(there >= before && there <= clockNs('realtime'))
})

test.run()
