// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { workerData } from 'node:worker_threads'
import { Desk, ENTERING, LEAVING, type Start } from './asynchrony-desk.ts'

const { memory, index } = workerData as Start
const { words, threadIds } = new Desk(memory)
Atomics.store(threadIds, index, ENTERING)
if (Atomics.load(words, LEAVING) === 1) {
  Atomics.store(threadIds, index, 0)
  for (;;) Atomics.wait(words, LEAVING, 1)
}
