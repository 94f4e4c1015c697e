// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import type { Way } from 'filesystem-communication-space/primitives'

const SECOND = 1_000_000_000n

export const byTheClock: Way = {
  name: 'the clock', carries: 4, queues: false,
  create: folder => {
    for (const side of [0, 1]) {
      const file = open(`${folder}/${side}`, O_RDWR | O_CREAT)
      file.setTimes({ mtimeNs: 0n })
      file.close()
    }
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const [out, back] = [1 - side, side].map(each => open(`${folder}/${each}`, O_RDWR))
    return {
      send: note => {
        const number = BigInt(Buffer.from(note).readUInt32LE())
        out!.setTimes({ mtimeNs: (number + 1n) * SECOND })
      },
      receive: async into => {
        let time: bigint
        while ((time = back!.stat().mtimeNs) === 0n) await new Promise(resolve => setImmediate(resolve))
        back!.setTimes({ mtimeNs: 0n })
        into.set(Buffer.from(Uint32Array.of(Number(time / SECOND) - 1).buffer))
      },
    }
  },
}
