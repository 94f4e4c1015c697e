// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
/** One operation may be on the desk in each of so many places. */
export const PLACES = 256
export const THREADS_MAX = 64

export const [FREE, WAITING, DROPPED, DONE, TOLD, TAKEN] = [0, 1, 2, 3, 4, 16]
export const [READ, WRITE, SYNC, DATASYNC, CLOSE, CALL] = [1, 2, 3, 4, 5, 6]

/** What the threads share. A job is six numbers: kind, handle, address, length, position, answer. */
export class Desk {
  readonly memory: SharedArrayBuffer
  readonly words: Int32Array
  readonly queue: Int32Array
  readonly states: Int32Array
  readonly threadIds: Int32Array
  readonly cancelled: Int32Array
  readonly jobs: Float64Array

  constructor(memory = new SharedArrayBuffer(64 + PLACES * 8 + THREADS_MAX * 8 + PLACES * 48)) {
    this.memory = memory
    let at = 0
    const ints = (count: number) => {
      at += count * 4
      return new Int32Array(memory, at - count * 4, count)
    }
    this.words = ints(16)
    this.queue = ints(PLACES)
    this.states = ints(PLACES)
    this.threadIds = ints(THREADS_MAX)
    this.cancelled = ints(THREADS_MAX)
    this.jobs = new Float64Array(memory, at, PLACES * 6)
  }
}
export const [HEAD, TAIL, RUNG, LEAVING] = [0, 1, 2, 3]
/** Before a thread has its number: it loads the library that calls the kernel. */
export const ENTERING = -1

/** What a thread is told when it starts. */
export interface Start { memory: SharedArrayBuffer, index: number, keep: boolean }
