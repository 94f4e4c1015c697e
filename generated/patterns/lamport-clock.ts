// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import { KeptNumber } from './lamport-clock-kept.ts'

/** When and where an event was. Put it on the message that the event sends. */
export interface Stamp { time: number, node: string }

/** A clock of the node `node`, kept in `path`, for all processes of that node. */
export class LamportClock {
  readonly node: string
  readonly #kept: KeptNumber

  /** `ahead`: by how much a power cut may make it leap; 0 waits for the disk with each tick. */
  constructor(path: Path, node: string, { ahead = 1000 } = {}) {
    this.node = node
    this.#kept = new KeptNumber(path, BigInt(ahead))
  }

  /** An event of this node: something done, or a message that is about to be sent. */
  tick(): Stamp { return this.#stamp(old => old + 1n) }

  /** A message was received that had this stamp. Returns the stamp of the receipt, which is later. */
  observe({ time }: Pick<Stamp, 'time'>): Stamp {
    if (!Number.isSafeInteger(time) || time < 0) throw new RangeError(`${time} is no Lamport time`)
    return this.#stamp(old => (old > BigInt(time) ? old : BigInt(time)) + 1n)
  }

  close(): void { this.#kept.close() }

  #stamp(next: (old: bigint) => bigint): Stamp {
    return { time: Number(this.#kept.change(next)), node: this.node }
  }
}

/** A total order of all stamps in which every cause comes before its effects. For Array.sort. */
export function compareStamps(a: Stamp, b: Stamp): number {
  return a.time - b.time || (a.node < b.node ? -1 : a.node > b.node ? 1 : 0)
}
