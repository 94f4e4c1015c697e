// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import {
  leadsTo, open, statIfThere, O_CREAT, O_EXCL, O_RDWR, O_WRONLY, type OpenFile,
} from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { list, mkdir, rmdir, unlink } from '../foundations/name.ts'

/** The file in the folder of members that is closed for writing whenever one of them ends. */
export const BELL = '.bell'
const LOCK = 'lock'

/** Moves `path` back to where it was claimed, or removes it. `name` is its name in the member's folder. */
export type GiveBack = (path: string, name: string) => void

/** A place among the living: a folder of its own, whose content comes back when this process ends. */
export class Member {
  readonly id: string
  readonly folder: string
  readonly #held: readonly OpenFile[]

  /** Use `enrol`. */
  constructor(folder: string, id: string, held: readonly OpenFile[]) {
    this.folder = folder
    this.id = id
    this.#held = held
  }

  /** Lock and bells, for a child that shall keep what is here when this process dies. */
  get descriptors(): number[] { return this.#held.map(file => file.fd) }

  /** Gives everything back and leaves. A second time does nothing. */
  leave(giveBack: GiveBack): void {
    if (this.#held[1]!.fd === -1) return
    try {
      if (statIfThere(this.folder) !== null) clear(this.folder, giveBack)
    } finally {
      for (const file of this.#held) file.close()
    }
  }
}

/** Takes a place in the folder `members`, which must exist. */
export function enrol(members: string): Member {
  for (;;) {
    const id = randomBytes(6).toString('hex')
    const folder = `${members}/${id}`
    const held: OpenFile[] = []
    try {
      mkdir(folder)
      held.push(open(`${members}/${BELL}`, O_WRONLY | O_CREAT))
      const lock = open(`${folder}/${LOCK}`, O_RDWR | O_CREAT | O_EXCL)
      held.push(lock)
      if (lock.tryLock() && leadsTo(`${folder}/${LOCK}`, lock)) {
        lock.writeAll(Buffer.from(`${process.pid}\n`))   // for a person who looks; we never ask it
        held.push(open(`${members}/${BELL}`, O_WRONLY))
        return new Member(folder, id, held)
      }
    } catch (error) {
      if (held.length !== 1 || !is(error, 'ENOENT')) {
        for (const file of held) file.close()
        throw error
      }
    }
    for (const file of held) file.close()
  }
}

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** Gives back what dead members left, and returns how many had died. Does not wait for anybody. */
export function returnDead(members: string, giveBack: GiveBack): number {
  let dead = 0
  for (const { name } of [...list(members)]) {
    if (name !== BELL && inherit(`${members}/${name}`, giveBack)) dead++
  }
  return dead
}

function inherit(folder: string, giveBack: GiveBack): boolean {
  let lock: OpenFile
  try {
    lock = open(`${folder}/${LOCK}`, O_RDWR)
  } catch (error) {
    if (!is(error, 'ENOENT', 'ENOTDIR', 'EACCES')) throw error
    if (is(error, 'ENOENT')) removeFolder(folder)   // of one who died with one foot in the door
    return false
  }
  try {
    if (!lock.tryLock() || !leadsTo(`${folder}/${LOCK}`, lock)) return false
    clear(folder, giveBack)
    return true
  } finally {
    lock.close()
  }
}

function clear(folder: string, giveBack: GiveBack): void {
  for (const { name } of [...list(folder)]) {
    if (name !== LOCK) giveBack(`${folder}/${name}`, String(name))
  }
  unlink(`${folder}/${LOCK}`)
  removeFolder(folder)
}

function removeFolder(folder: string): void {
  try {
    rmdir(folder)
  } catch (error) {
    if (!is(error, 'ENOTEMPTY', 'EEXIST', 'ENOENT')) throw error
  }
}
