// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
import { open } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, mkdir } from '../foundations/name.ts'
import { atomicWrite } from './atomic-write.ts'
import { tryLockFile, type FileLock } from './lock-file.ts'
import { mergeVectors, parseVector, type Vector } from './vector-clock-vector.ts'

/** One process's part in the clock of a folder. It ends with `leave`, or with the process. */
export class VectorClock {
  readonly name: string
  readonly #path: Path
  readonly #lock: FileLock
  #vector: Vector

  private constructor(name: string, path: Path, lock: FileLock) {
    this.name = name
    this.#path = path
    this.#lock = lock
    this.#vector = readVector(path)
  }

  /** Takes the first free entry of the folder, which is created if it is missing. */
  static join(folder: Path, { prefix = '' } = {}): VectorClock {
    // create the folder of the clock, if it is missing
    try {
      mkdir(folder)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
    }
    for (let i = 0; ; i++) {
      const name = `${prefix}${i}`
      const lock = tryLockFile(join(folder, `${name}.lock`))
      if (lock === null) continue
      // be that process, or give the entry back
      try {
        return new VectorClock(name, join(folder, `${name}.json`), lock)
      } catch (error) {
        lock.release()
        throw error
      }
    }
  }
  // tick, observe, and look
  /** An event of this process. Its vector is for the message, or the file, that it writes. */
  tick(): Vector { return this.#event(this.#vector) }

  /** Something was read that had this vector. Returns the vector of the reading, which comes after. */
  observe(...seen: readonly Vector[]): Vector {
    return this.#event(mergeVectors(this.#vector, ...seen))
  }

  /** What is known now, without an event. */
  get vector(): Vector { return this.#vector }

  #event(known: Vector): Vector {
    this.#vector = { ...known, [this.name]: (known[this.name] ?? 0) + 1 }
    atomicWrite(this.#path, JSON.stringify(this.#vector), { durability: 'os' })
    return this.#vector
  }

  /** Gives the entry to whoever joins next. A second time does nothing. */
  leave(): void { this.#lock.release() }
}

function readVector(path: Path): Vector {
  let text
  try {
    const file = open(path)
    try {
      text = file.readAll().toString()
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return {}
    throw error
  }
  const vector = parseVector(text)
  if (vector !== null) return vector
  throw new SystemError('EBADMSG', 'read', { path, hint: 'this is no vector clock' })
}
