// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import { KeptNumber } from './lamport-clock-kept.ts'

/** Milliseconds since 1970, and a count of what happened within one. */
export interface HybridStamp { ms: number, count: number }

export interface HybridOptions {
  /** How far a received stamp may be ahead of this machine's clock. Default 1,000. */
  maxAheadMs?: number | undefined
  /** How far a power cut may make the clock leap; 0 waits for the disk with each stamp. Default 200. */
  leapMs?: number | undefined
  /** The machine's clock, in milliseconds since 1970. Default Date.now. */
  physical?: (() => number) | undefined
}

const pack = ({ ms, count }: HybridStamp) => BigInt(ms) << 16n | BigInt(count)
const unpack = (value: bigint): HybridStamp =>
  ({ ms: Number(value >> 16n), count: Number(value & 0xffffn) })
const larger = (a: bigint, b: bigint) => a > b ? a : b

/** A clock of this machine, kept in `path`, for all its processes. */
export class HybridClock {
  readonly #kept: KeptNumber
  readonly #physical: () => number
  readonly #maxAheadMs: number
  #latest = 0n
  // open the file, with the leap in its own unit
  constructor(path: Path, { maxAheadMs = 1000, leapMs = 200, physical = Date.now }: HybridOptions = {}) {
    this.#physical = physical
    this.#maxAheadMs = maxAheadMs
    this.#kept = new KeptNumber(path, pack({ ms: leapMs, count: 0 }))
  }

  /** An event here: something done, or a message that is about to be sent. */
  now(): HybridStamp { return this.#give(0n) }
  // observe a stamp, if it is within the bound
  /** A message was received that had this stamp. Returns a later one. ERANGE: it is too far ahead. */
  observe(stamp: HybridStamp): HybridStamp {
    const aheadMs = stamp.ms - this.#readMs()
    if (aheadMs > this.#maxAheadMs) {
      const hint = `the stamp is ${aheadMs} ms ahead of this machine's clock; one of the two is wrong`
      throw new SystemError('ERANGE', 'observe', { hint })
    }
    return this.#give(pack(check(stamp)))
  }

  /** How far the last stamp given here is ahead of the machine's clock now; 0 if it is not. */
  get aheadMs(): number { return Math.max(0, unpack(this.#latest).ms - this.#readMs()) }

  close(): void { this.#kept.close() }
  // take the largest of the three, plus one
  #give(received: bigint): HybridStamp {
    this.#latest = this.#kept.change(old => {
      const physical = pack({ ms: this.#readMs(), count: 0 })
      const least = larger(old, received) + 1n
      return larger(least, physical)
    })
    return unpack(this.#latest)
  }

  #readMs(): number { return check({ ms: Math.floor(this.#physical()), count: 0 }).ms }
}

function check(stamp: HybridStamp): HybridStamp {
  const { ms, count } = stamp
  const isInside = (value: number, bits: number) =>
    Number.isInteger(value) && value >= 0 && value < 2 ** bits
  if (isInside(ms, 48) && isInside(count, 16)) return stamp
  throw new RangeError(`${ms} ms and ${count} are no hybrid time`)
}

/** For Array.sort: every cause before its effects. Stamps of different clocks may be equal. */
export function compareHybrid(a: HybridStamp, b: HybridStamp): number {
  return a.ms - b.ms || a.count - b.count
}

/** 16 hexadecimal digits, in the order of the stamps. */
export function hybridText(stamp: HybridStamp): string {
  return pack(check(stamp)).toString(16).padStart(16, '0')
}

/** The stamp of such a text. RangeError: it is none. */
export function parseHybrid(text: string): HybridStamp {
  if (!/^[0-9a-f]{16}$/.test(text)) throw new RangeError(`'${text}' is no hybrid time`)
  return unpack(BigInt(`0x${text}`))
}
