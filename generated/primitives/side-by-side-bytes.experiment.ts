// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { oneWay } from './side-by-side.ts'
import { limit, rowsFor, type Context } from './side-by-side.experiment.ts'

const SLOW = ['pseudo-terminal', 'message queue', 'sealed memfd', 'regular file']
function load(name: string, { quick }: Context) {
  const count = name === 'memory map' ? 40_000 : SLOW.includes(name) ? 500 : 4000
  return { size: 65_536, count: count / (quick ? 10 : 1), place: 'apart' as const }
}
const megabytes = ({ size, count }: { size: number, count: number }) => size * count / 1e6

export default {
  question: 'How many bytes a second go one way to another process, in notes of 64 KiB?',
  unit: 'MB/s', better: 'higher', runs: 3, debian: ['gcc', 'libc6-dev'],
  rows: rowsFor(way => way.queues && way.carries >= 65_536,
    async (way, context) => {
      const one = load(way.name, context)
      return megabytes(one) / await oneWay(way, context.folder, one)
    },
    (way, context) => {
      const one = load(way.name, context)
      return megabytes(one) / limit(context, way.name, 'swallow', one)
    }),
}
