// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_RDWR, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { mkdir } from '../foundations/name.ts'
import type { Durability } from '../patterns/atomic-write.ts'
import { unless } from '../patterns/folder-queue-names.ts'
import type { TopicMessage } from '../patterns/publish-subscribe-reader.ts'
import { readCursor, writeCursor, type Subscriber } from '../patterns/publish-subscribe-subscriber.ts'
import { Topic } from '../patterns/publish-subscribe.ts'
import { GroupState, type Command } from './message-bus-groups-state.ts'
import { LoggedMessage } from './message-bus-topics.ts'
import { matcher } from './message-bus-topics-pattern.ts'

/** What a group is, from its first member on. */
export interface GroupSettings { pattern: string, from: number, deliveriesMax: number }

/** Whether it is worth a line to say that so many bytes of the log held nothing for the group. */
export const ADVANCE_BYTES = 65_536
const JOURNAL_BYTES = 2 ** 20

/** A group as one process sees it: its journal, and what that comes to. */
export class Group {
  readonly folder: string
  readonly settings: GroupSettings
  readonly log: Topic
  readonly isWanted: (topic: string) => boolean
  state!: GroupState
  readonly #journal: Topic
  readonly #low: OpenFile
  #reader: Subscriber | undefined
  #lowWritten = 0
  #checkpointAt = 0

  constructor(folder: string, settings: GroupSettings, log: Topic, durability: Durability | undefined) {
    this.folder = folder
    this.settings = settings
    this.log = log
    this.isWanted = matcher(settings.pattern)
    unless(['EEXIST'], () => mkdir(`${folder}/members`))
    this.#journal = new Topic(`${folder}/journal`, { durability, segmentBytes: JOURNAL_BYTES })
    this.#low = open(`${log.folder}/cursors/group ${folder.slice(folder.lastIndexOf('/') + 1)}`, O_RDWR | O_CREAT)
    this.#lowWritten = readCursor(this.#low) ?? -1
    this.#load()
    this.tellLow(true)
  }

  // begin with the newest checkpoint
  #load(): void {
    const { start, segmentBytes } = this.#journal
    this.#reader?.close()
    this.#reader = this.#journal.subscribe({ from: start })
    const commands: TopicMessage[] = []
    let newest: { at: number, state?: unknown } | undefined = start === segmentBytes ? { at: start } : undefined
    for (let line; (line = this.#reader.tryNext()) !== undefined;) {
      const checkpoint = isCheckpoint(line.bytes) ? JSON.parse(String(line.bytes)) as { at: number } : undefined
      if (checkpoint === undefined) commands.push(line)
      else if (checkpoint.at >= start) newest = checkpoint
    }
    if (this.#reader.missed > 0) {   // it was shortened while we read
      this.#load()
      return
    }
    if (newest === undefined) throw new SystemError('EBADMSG', 'read', { path: this.folder, hint: 'its journal has no beginning' })
    const { at, state } = newest
    const { from, deliveriesMax } = this.settings
    this.#checkpointAt = at
    this.state = state === undefined ? new GroupState(from, deliveriesMax) : GroupState.from(state, deliveriesMax)
    for (const { offset, bytes } of commands) if (offset >= at) this.state.apply(JSON.parse(String(bytes)))
  }

  // read what was written since
  catchUp(): void {
    for (;;) {
      const message = this.#reader!.tryNext()
      if (this.#reader!.missed > 0) this.#load()
      else if (message === undefined) return
      else if (!isCheckpoint(message.bytes)) this.state.apply(JSON.parse(String(message.bytes)))
    }
  }

  // write a line, and see what came of it
  /** Writes a line, and folds all that is there. */
  say(command: Command): void {
    this.write(command)
    this.catchUp()
    // write a checkpoint once in a segment
    const at = this.#reader!.offset
    if (Math.floor(at / this.#journal.segmentBytes) === Math.floor(this.#checkpointAt / this.#journal.segmentBytes)) return
    this.#checkpointAt = at
    const text = JSON.stringify({ do: 'state', at, state: this.state })
    if (Buffer.byteLength(text) > this.#journal.segmentBytes) return
    this.#journal.publish(text)
    this.#journal.prune({ before: at })
  }

  /** Writes a line whose effect nobody has to know at once. */
  write(command: Command): void { this.#journal.publish(JSON.stringify(command)) }

  // say how far the log is done with
  /** Writes how far all is done, if that is news: at once, or when it is worth it. */
  tellLow(isIdle: boolean): void {
    const { low } = this.state
    if (low === this.#lowWritten || (!isIdle && low - this.#lowWritten < ADVANCE_BYTES)) return
    this.#lowWritten = low
    writeCursor(this.#low, low)
  }

  // look at it, and judge dead letters by hand
  /** How many wait, are held, are dead, and how many bytes of the log are not done. */
  status(): { waiting: number, held: number, dead: number, behindBytes: number } {
    this.catchUp()
    const { waiting, held, dead, low } = this.state
    return { waiting: waiting.size, held: held.size, dead: dead.size, behindBytes: Math.max(0, this.log.end - low) }
  }

  /** What was given up, and why. */
  deadLetters(): { message: LoggedMessage, deliveries: number, why: string }[] {
    this.catchUp()
    return [...this.state.dead].flatMap(([offset, letter]) => {
      const message = this.read(offset)
      return message === undefined ? [] : [{ message, ...letter }]
    })
  }

  /** Dead letters, by their ids, go back to the group. */
  revive(ids: string[]): void { this.say({ do: 'revive', offsets: ids.map(Number) }) }

  /** Dead letters, by their ids, are done with. */
  discard(ids: string[]): void { this.say({ do: 'discard', offsets: ids.map(Number) }) }

  /** The message at an offset, or undefined if retention was told to remove it. */
  read(offset: number): LoggedMessage | undefined {
    for (const message of this.log.messages(offset)) {
      return message.offset === offset ? new LoggedMessage(message) : undefined
    }
    return undefined
  }

  close(): void {
    this.#reader?.close()
    this.#journal.close()
    this.#low.close()
  }
}

const CHECKPOINT = Buffer.from('{"do":"state"')
const isCheckpoint = (bytes: Buffer) => bytes.compare(CHECKPOINT, 0, CHECKPOINT.length, 0, CHECKPOINT.length) === 0
