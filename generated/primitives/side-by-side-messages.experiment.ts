// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { oneWay } from './side-by-side.ts'
import { limit, rowsFor, type Context } from './side-by-side.experiment.ts'

const SLOW = ['folder entry', 'fanotify', 'hard link', 'sealed memfd', 'passed descriptor']
/** Fewer notes where each is dear; no more names than a queue of inotify holds. */
function load(name: string, { quick }: Context, count: number) {
  const all = name === 'memory map' ? 10 * count : SLOW.includes(name) ? Math.min(count, 5000) : count
  return { size: 64, count: all / (quick ? 10 : 1), place: 'apart' as const }
}

export default {
  question: 'How many notes of 64 bytes a second go one way to another process?',
  unit: 'notes/s', better: 'higher', runs: 3, debian: ['gcc', 'libc6-dev'],
  rows: rowsFor(way => way.queues,
    async (way, context) => {
      const one = load(way.name, context, 30_000)
      return one.count / await oneWay(way, context.folder, one)
    },
    (way, context) => {
      const one = load(way.name, context, 200_000)
      return one.count / limit(context, way.name, 'swallow', one)
    }),
}
