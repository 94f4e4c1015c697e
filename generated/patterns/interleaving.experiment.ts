// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { explore, type ExploreOptions } from './interleaving.ts'

const scenes = new URL('./interleaving-small.stage.ts', import.meta.url)

/** Runs that were played, or orders that these stand for, in a second. */
const rate = (name: string, what: 'runs' | 'schedules', options: ExploreOptions) => async () => {
  await explore(scenes, name, { preemptions: 0 })   // hire the threads
  const begin = performance.now()
  const found = await explore(scenes, name, options)
  return Number(found[what]) / (performance.now() - begin) * 1000
}

export default {
  question: 'How many orders does a second cover, with one death at any step?',
  unit: 'orders/s',
  better: 'higher',
  runs: 5,
  rows: [
    { name: 'runs, which were played', run: rate('rooms', 'runs', {}) },
    { name: 'covered, one interruption', run: rate('rooms', 'schedules', { preemptions: 1 }) },
    { name: 'covered, two interruptions', run: rate('rooms', 'schedules', { preemptions: 2 }) },
    { name: 'covered, any interruptions', run: rate('rooms', 'schedules', {}) },
  ],
}
