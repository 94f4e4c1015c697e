// Told in chapters/03-patterns-and-idioms/05-durable-intake.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import { Cursor, type LogRecord } from './append-log-reader.ts'
import { AppendLog, type Ack, type LogOptions } from './append-log.ts'
import { makeFolder } from './append-log-segments.ts'

/** What has become of a delivery. `waiting`: it is stored, and nobody has looked at it. */
export type Outcome =
  | { state: 'waiting' }
  | { state: 'enriched', bytes: Buffer }
  | { state: 'failed', reason: string }

/** Makes something of raw bytes. It may wait, and it may fail. */
export type Enrich = (raw: Buffer, sequence: number) => Promise<Uint8Array> | Uint8Array

export interface IntakeOptions {
  sync?: LogOptions['sync']
  segmentBytes?: LogOptions['segmentBytes']
}

/** Takes raw data, stores it, lets go of the giver, and only then looks at what it was given. */
export class Intake {
  // remember what has a result
  readonly #folder: string
  readonly #enrich: Enrich
  readonly #raw: AppendLog
  readonly #results: AppendLog
  readonly #known = new Map<number, number>()   // the result of each delivery that has one
  #accepted: number                             // the last delivery that is on the disk
  readonly #cursor: Cursor
  #again: number[] = []
  #working: Promise<void> | undefined
  #isClosed = false
  #failure: unknown

  constructor(folder: string, enrich: Enrich, options: IntakeOptions = {}) {
    this.#folder = folder
    this.#enrich = enrich
    makeFolder(folder)
    this.#raw = new AppendLog(`${folder}/raw`, options)
    // open what is known about the deliveries
    let results: AppendLog | undefined
    try {
      results = new AppendLog(`${folder}/results`, { ...options, durability: 'os' })
      for (const { sequence, bytes } of records(`${folder}/results`)) {
        this.#known.set(bytes.readUIntLE(1, 6), sequence)
      }
      this.#cursor = new Cursor(`${folder}/raw`)
    } catch (error) {
      for (const log of [results, this.#raw]) log?.abandon()
      throw error
    }
    this.#results = results
    this.#accepted = this.#raw.next - 1
    this.#wake()
  }

  // accept
  /** Resolves when the bytes are on the disk, whatever they are. Rejects only if they are not. */
  async accept(raw: Uint8Array): Promise<Ack> {
    const ack = await this.#raw.append(raw)
    this.#accepted = Math.max(this.#accepted, ack.sequence)
    this.#wake()
    return ack
  }

  // enrich what is waiting, one at a time
  /** Starts the work, if there is any and nobody is at it. */
  #wake(): void {
    if (!this.#isClosed) this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    await new Promise(setImmediate)   // whoever has just been answered goes first
    this.#failure = undefined
    let current: number | undefined
    try {
      for (let next; !this.#isClosed && (next = this.#take()) !== undefined;) {
        current = next.sequence
        await this.#settle(current, await this.#attempt(next))
        current = undefined
      }
    } catch (error) {
      this.#failure = error           // the result could not be stored; the delivery is
      if (current !== undefined) this.#again.unshift(current)
    }
    this.#working = undefined
  }

  /** The next delivery that has no result, among those whose givers have their answer. */
  #take(): LogRecord | undefined {
    if (this.#again.length > 0) {
      const record = this.#find(this.#again[0]!)
      this.#again.shift()
      return record
    }
    while (this.#cursor.sequence <= this.#accepted) {
      const record = this.#cursor.next()
      if (record === undefined || !this.#known.has(record.sequence)) return record
    }
    return undefined
  }

  // let one fail without the others
  async #attempt({ sequence, bytes }: LogRecord): Promise<Outcome> {
    try {
      return { state: 'enriched', bytes: Buffer.from(await this.#enrich(bytes, sequence)) }
    } catch (error) {
      return { state: 'failed', reason: String(error) }
    }
  }

  // keep the result
  async #settle(delivery: number, outcome: Outcome): Promise<void> {
    const result = await this.#results.append(encodeResult(delivery, outcome))
    this.#known.set(delivery, result.sequence)
  }

  // ask, and try again
  /** The bytes as they were given. ENOENT if there is no such delivery. */
  raw(sequence: number): Buffer { return this.#find(sequence).bytes }

  /** What has become of a delivery. */
  outcome(sequence: number): Outcome {
    const result = this.#known.get(sequence)
    if (result === undefined) return this.#find(sequence), { state: 'waiting' }
    return decodeResult(readOne(`${this.#folder}/results`, result)!.bytes)
  }

  /** The deliveries whose enrichment failed. */
  failed(): number[] {
    return [...this.#known.keys()].filter(sequence => this.outcome(sequence).state === 'failed')
  }

  /** Tries a delivery again. */
  retry(sequence: number): void {
    this.#find(sequence)
    this.#known.delete(sequence)
    this.#again.push(sequence)
    this.#wake()
  }

  // wait, and let go
  /** Resolves when everything that was accepted has a result; rejects if one could not be stored. */
  async idle(): Promise<void> {
    while (this.#working !== undefined) await this.#working
    if (this.#failure !== undefined) throw this.#failure
  }

  /** Lets the enrichment that is under way end, and lets go. What waits is done after the next opening. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    while (this.#working !== undefined) await this.#working
    this.#cursor.close()
    await this.#raw.close()
    await this.#results.close().catch(() => {})   // what is lost of them is made again
  }

  #find(sequence: number): LogRecord {
    const record = sequence <= this.#accepted ? readOne(`${this.#folder}/raw`, sequence) : undefined
    if (record !== undefined) return record
    throw new SystemError('ENOENT', 'open', { path: `${this.#folder}/raw`, hint: `no delivery ${sequence}` })
  }
}

function* records(folder: string): Generator<LogRecord> {
  const cursor = new Cursor(folder)
  try {
    for (let record; (record = cursor.next()) !== undefined;) yield record
  } finally {
    cursor.close()
  }
}

function readOne(folder: string, sequence: number): LogRecord | undefined {
  const cursor = new Cursor(folder, { from: sequence })
  try {
    return cursor.next()
  } finally {
    cursor.close()
  }
}

const STATES = { enriched: 1, failed: 2 } as const

/** State (1 byte), delivery (6), and the enriched bytes or the reason. */
function encodeResult(delivery: number, outcome: Outcome): Buffer {
  const head = Buffer.alloc(7)
  head[0] = outcome.state === 'failed' ? STATES.failed : STATES.enriched
  head.writeUIntLE(delivery, 1, 6)
  const body = outcome.state === 'enriched' ? outcome.bytes : Buffer.from((outcome as { reason?: string }).reason ?? '')
  return Buffer.concat([head, body])
}

function decodeResult(bytes: Buffer): Outcome {
  const body = bytes.subarray(7)
  return bytes[0] === STATES.failed
    ? { state: 'failed', reason: body.toString() }
    : { state: 'enriched', bytes: body }
}
