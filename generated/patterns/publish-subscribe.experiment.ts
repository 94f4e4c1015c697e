// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import { FolderQueue } from './folder-queue.ts'
import { Topic } from './publish-subscribe.ts'

const text = 'one reading, and'.repeat(12)
const [publishing, reading] = ['publishing', 'reading']

function rate(count: number, turn: () => unknown): number {
  const begin = performance.now()
  for (let i = 0; i < count; i++) turn()
  return count / (performance.now() - begin) * 1000
}
const row = (group: string, name: string, count: number, run: (folder: string, count: number) => number): Row => ({
  group, name, run: ({ folder, quick }: Context) => run(folder, quick ? count / 10 : count),
})
const filled = (folder: string, count: number) => {
  const topic = new Topic(`${folder}/topic`)
  for (let i = 0; i < count; i += 1000) topic.publishMany(Array(1000).fill(text))
  return topic
}

const experiment: Experiment = {
  question: 'How many messages a second are published, and read?',
  unit: 'messages/s',
  better: 'higher',
  debian: ['gcc', 'libc6-dev'],
  baseline: ['publish', 'read all'],
  rows: [
    row(publishing, 'publish', 50_000, (folder, count) => {
      const topic = new Topic(`${folder}/topic`)
      return rate(count, () => topic.publish(text))
    }),
    row(publishing, 'publish, 100 at a time', 200_000, (folder, count) => {
      const topic = new Topic(`${folder}/topic`)
      const many = Array<string>(100).fill(text)
      return 100 * rate(count / 100, () => topic.publishMany(many))
    }),
    row(publishing, 'publish, eight wait', 50_000, (folder, count) => {
      const topic = new Topic(`${folder}/topic`)
      const eight = Array.from({ length: 8 }, () => topic.subscribe())
      for (const each of eight) each.next().catch(() => {})
      const perSecond = rate(count, () => topic.publish(text))
      for (const each of eight) each.close()
      return perSecond
    }),
    // copy for each of eight, and call in C
    row(publishing, 'a copy into each of eight queues', 3_000, (folder, count) => {
      const eight = Array.from({ length: 8 }, (_, i) => new FolderQueue(`${folder}/${i}`))
      return rate(count, () => { for (const queue of eight) queue.push(text) })
    }),
    { group: publishing, name: 'C: write, lseek', run: ({ folder, quick, compile }) => Number(execFileSync(
      compile(new URL('./publish-subscribe.limit.c', import.meta.url)),
      [`${folder}/c`, String(quick ? 20_000 : 200_000)])) },
    row(reading, 'read all', 200_000, (folder, count) => {
      const reader = filled(folder, count).subscribe({ from: 'start' })
      return rate(count, () => reader.tryNext()!)
    }),
    row(reading, 'read all, and commit each', 100_000, (folder, count) => {
      const reader = filled(folder, count).subscribe({ from: 'start', name: 'bob' })
      return rate(count, () => { reader.tryNext(); reader.commit() })
    }),
  ],
}
export default experiment
