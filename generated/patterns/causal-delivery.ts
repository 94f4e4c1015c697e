// Told in chapters/03-patterns-and-idioms/30-causal-delivery.md. Edit it there, or edit here and stitch.
import { open } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { join, list, mkdir } from '../foundations/name.ts'
import { atomicWrite } from './atomic-write.ts'
import { tryLockFile, type FileLock } from './lock-file.ts'
import { mergeVectors, parseVector, type Vector } from './vector-clock-vector.ts'

/** `vector` is what the sender had sent and been delivered, this message included. */
export interface CausalMessage { sender: string, vector: Vector, body: string }

const countOf = (vector: Vector, name: string) => Object.hasOwn(vector, name) ? vector[name]! : 0

/** Whether a member that was delivered `delivered` may be delivered this message now. */
export function isDeliverable({ sender, vector }: CausalMessage, delivered: Vector): boolean {
  return Object.keys(vector).every(name => name === sender
    ? vector[name] === countOf(delivered, name) + 1
    : vector[name]! <= countOf(delivered, name))
}

/** A member of a group that talks through a folder. It ends with `leave`, or with the process. */
export class CausalMember {
  readonly name: string
  readonly #folder: Path
  readonly #lock: FileLock
  #delivered: Vector
  #turn = 0

  private constructor(folder: Path, name: string, lock: FileLock) {
    this.#folder = folder
    this.name = name
    this.#lock = lock
    this.#delivered = parseState(readIfThere(statePath(folder, name)))
    // take up what was sent and not noted
    for (;;) {
      const own = readMessage(folder, name, countOf(this.#delivered, name) + 1)
      if (own === null) break
      this.#delivered = mergeVectors(this.#delivered, own.vector)
    }
  }

  /** Becomes the member `name`, with all that it knew. EBUSY: another process is that member. */
  static join(folder: Path, name: string): CausalMember {
    checkName(name)
    for (const each of [folder, join(folder, 'members'), messagesOf(folder)]) mkdirIfMissing(each)
    mkdirIfMissing(join(messagesOf(folder), name))
    const path = join(join(folder, 'members'), `${name}.lock`)
    const lock = tryLockFile(path)
    if (lock === null) throw new SystemError('EBUSY', 'join', { path })
    try {
      return new CausalMember(folder, name, lock)
    } catch (error) {
      lock.release()
      throw error
    }
  }
  // send, and note it after
  /** Sends to all members. If it throws after the publishing (ENOSPC), the message is sent all the same. */
  send(body: string): CausalMessage {
    const sequence = countOf(this.#delivered, this.name) + 1
    const message = {
      sender: this.name, vector: { ...this.#delivered, [this.name]: sequence }, body,
    }
    publish(this.#folder, message)
    this.#delivered = message.vector
    this.#save(message.vector)
    return message
  }

  #save(delivered: Vector): void {
    const path = statePath(this.#folder, this.name)
    atomicWrite(path, JSON.stringify(delivered), { durability: 'os' })
  }
  // find the next message
  /** The next message that may be delivered, or null. The same one until `done`, or another as good. */
  next(): CausalMessage | null {
    const senders = [...list(messagesOf(this.#folder))].map(({ name }) => String(name)).sort()
    for (let i = 0; i < senders.length; i++) {
      const sender = senders[(this.#turn + i) % senders.length]!
      if (sender === this.name) continue
      const count = countOf(this.#delivered, sender)
      const message = readMessage(this.#folder, sender, count + 1)
      if (message === null || !isDeliverable(message, this.#delivered)) continue
      this.#turn = (this.#turn + i) % senders.length
      return message
    }
    return null
  }
  // note that a message was delivered
  /** The message was dealt with. RangeError: it is not deliverable, or was noted before. */
  done(message: CausalMessage): void {
    if (message.sender === this.name || !isDeliverable(message, this.#delivered)) {
      throw new RangeError(`not the next message of ${message.sender}`)
    }
    const delivered = mergeVectors(this.#delivered, message.vector)
    this.#save(delivered)
    this.#delivered = delivered
    this.#turn++
  }

  /** What was delivered here, and sent from here. */
  get delivered(): Vector { return this.#delivered }
  /** Another process may be this member now. A second time does nothing. */
  leave(): void { this.#lock.release() }
}

/** Puts a message that came from another folder into this one. False if it was there already. */
export function deposit(folder: Path, message: CausalMessage): boolean {
  checkName(message.sender)
  for (const each of [folder, messagesOf(folder), join(messagesOf(folder), message.sender)]) {
    mkdirIfMissing(each)
  }
  try {
    publish(folder, message)
    return true
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false
    throw error
  }
}

function publish(folder: Path, { sender, vector, body }: CausalMessage): void {
  const path = messagePath(folder, sender, countOf(vector, sender))
  const text = `${JSON.stringify(vector)}\n${body}`
  atomicWrite(path, text, { replace: false, durability: 'os' })
}

/** The message with this number, or null. EBADMSG: it is none, or is not the one that its name says. */
function readMessage(folder: Path, sender: string, sequence: number): CausalMessage | null {
  const path = messagePath(folder, sender, sequence)
  const text = readIfThere(path)
  if (text === null) return null
  const end = text.indexOf('\n')
  const vector = end < 0 ? null : parseVector(text.slice(0, end))
  if (vector !== null && countOf(vector, sender) === sequence) {
    return { sender, vector, body: text.slice(end + 1) }
  }
  throw new SystemError('EBADMSG', 'read', { path, hint: 'this file is no message' })
}

const messagesOf = (folder: Path) => join(folder, 'messages')
const messagePath = (folder: Path, sender: string, sequence: number) =>
  join(join(messagesOf(folder), sender), String(sequence))
const statePath = (folder: Path, name: string) => join(join(folder, 'members'), `${name}.json`)
const isCode = (error: unknown, code: string) => error instanceof SystemError && error.code === code

/** A name is a part of paths and a key of vectors; it begins with a letter or a digit. */
function checkName(name: string): void {
  if (!/^[a-z0-9][a-z0-9_-]*$/i.test(name)) throw new RangeError(`'${name}' is no member's name`)
}

function parseState(text: string | null): Vector {
  const vector = text === null ? {} : parseVector(text)
  if (vector !== null) return vector
  throw new SystemError('EBADMSG', 'read', { hint: 'the state of this member is damaged' })
}

function mkdirIfMissing(path: Path): void {
  try {
    mkdir(path)
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error
  }
}

function readIfThere(path: Path): string | null {
  let file
  try {
    file = open(path)
    return file.readAll().toString()
  } catch (error) {
    if (isCode(error, 'ENOENT')) return null
    throw error
  } finally {
    file?.close()
  }
}
