// Told in chapters/03-patterns-and-idioms/27-lamport-clock.md. Edit it there, or edit here and stitch.
import { LamportClock } from './lamport-clock.ts'
import { readModifyWriteSync } from './read-modify-write.ts'

interface Context { folder: string, quick: boolean }

/** Ticks in a second. */
function rate(tick: () => unknown, count: number): number {
  for (let i = 0; i < count / 10; i++) tick()
  const start = performance.now()
  for (let i = 0; i < count; i++) tick()
  return count / (performance.now() - start) * 1000
}

const clock = (name: string, ahead: number, count: number) => ({
  name, run: ({ folder, quick }: Context) => {
    const kept = new LamportClock(`${folder}/${ahead}`, 'ann', { ahead })
    try {
      return rate(() => kept.tick(), quick ? count / 10 : count)
    } finally {
      kept.close()
    }
  },
})
const increment = (old: Buffer | null) => String(Number(old ?? 0) + 1)

export default {
  question: 'How many ticks in a second does a Lamport clock in a file give?',
  unit: 'ticks/s',
  better: 'higher',
  baseline: 'readModifyWrite, safe from a kill',
  rows: [
    { name: 'readModifyWrite, safe from a kill', run: ({ folder, quick }: Context) => rate(() =>
      readModifyWriteSync(`${folder}/n`, increment, { durability: 'os' }), quick ? 300 : 3000) },
    clock('LamportClock, 1,000 ahead', 1000, 50_000),
    clock('LamportClock, 100,000 ahead', 100_000, 50_000),
    clock('LamportClock, synced with each tick', 0, 500),
  ],
}
