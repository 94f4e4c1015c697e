// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
import { type Semaphore } from 'filesystem-communication-space/patterns'

/** Runs the tasks, each with a permit, and resolves to their results in order. */
export async function atMost<T>(semaphore: Semaphore, tasks: (() => Promise<T>)[]): Promise<T[]> {
  return Promise.all(tasks.map(task => semaphore.with(task)))
}
