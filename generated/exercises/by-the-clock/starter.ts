// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR } from 'filesystem-communication-space/foundations'
import type { Way } from 'filesystem-communication-space/primitives'

const SECOND = 1_000_000_000n

export const byTheClock: Way = {
  name: 'the clock', carries: 4, queues: false,
  create: folder => {
    for (const side of [0, 1]) open(`${folder}/${side}`, O_RDWR | O_CREAT).close()
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const [out, back] = [1 - side, side].map(each => open(`${folder}/${each}`, O_RDWR))
    return {
      send: note => out!.setTimes({ mtimeNs: BigInt(Buffer.from(note).readUInt32LE()) * SECOND }),
      receive: into => {
        new DataView(into.buffer, into.byteOffset)
          .setUint32(0, Number(back!.stat().mtimeNs / SECOND), true)
      },
    }
  },
}
