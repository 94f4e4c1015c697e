// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { measure, type Who } from './watcher.experiment.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
const groups = { 'the whole process': 'residentMb', 'what the watch adds': 'addedMb' } as const
const who: Who[] = ['chokidar', '@parcel/watcher', 'Watcher']

const rows = Object.entries(groups).flatMap(([group, figure]) => who.map(name => ({
  group, name: `${name}, ${group}`, ...(name === 'Watcher' && { targetRatio: 1 }),
  run: async (context: Context) => (await measure(name, context, 0))[figure],
})))

export default {
  question: 'How much memory does it take to watch 2,000 folders with 20,000 files?',
  unit: 'MB',
  better: 'lower',
  runs: 3,
  peers: ['chokidar', '@parcel/watcher'],
  baseline: Object.keys(groups).map(group => `@parcel/watcher, ${group}`),
  rows: [
    { group: 'the whole process', name: 'Node alone',
      run: async (context: Context) => (await measure('Node alone', context, 0)).residentMb },
    ...rows,
  ],
}
