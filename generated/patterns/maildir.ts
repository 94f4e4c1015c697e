// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { hostname } from 'node:os'
import { open, statIfThere, O_CREAT, O_DIRECTORY, O_EXCL, O_WRONLY } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { link, list, mkdir, renameIfThere, unlink } from '../foundations/name.ts'
import type { Durability } from './atomic-write.ts'

let deliveries = 0

/** The key of a new letter: `SECONDS.MmicrosecondsPpidQcount.HOST`. */
function newKey(): string {
  const now = performance.timeOrigin + performance.now()
  const [seconds, micros] = [Math.floor(now / 1000), Math.floor(now % 1000 * 1000)]
  const host = hostname().replaceAll('/', '\\057').replaceAll(':', '\\072')
  return `${seconds}.M${micros}P${process.pid}Q${++deliveries}.${host}`
}

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** A letter as it was named at the moment of looking. */
export interface Letter {
  /** What never changes: the name up to the colon. */
  key: string
  /** Sorted letters, such as 'FS': D draft, F flagged, P passed on, R replied, S seen, T trashed. */
  flags: string
  /** Not yet seen by any program. */
  isNew: boolean
  path: string
}

function letterOf(folder: string, box: 'new' | 'cur', name: string): Letter {
  const [key = '', info = ''] = name.split(/:(.*)/s)
  const flags = info.startsWith('2,') ? info.slice(2) : ''
  return { key, flags, isNew: box === 'new', path: `${folder}/${box}/${name}` }
}

/** A maildir: three folders that every program may use at the same time. */
export class Maildir {
  readonly folder: string

  /** Opens the maildir, and makes what is missing of it. Only its owner can look into it (0700). */
  constructor(folder: string) {
    this.folder = folder
    for (const path of [folder, `${folder}/tmp`, `${folder}/new`, `${folder}/cur`]) {
      try {
        mkdir(path, 0o700)
      } catch (error) {
        if (!is(error, 'EEXIST')) throw error
      }
    }
  }

  // deliver a letter
  /** Delivers and returns the letter's key. Default: bytes and name are on the disk when it returns. */
  deliver(letter: string | Uint8Array, { durability = 'disk and folder' as Durability } = {}): string {
    const key = newKey()
    const temporary = `${this.folder}/tmp/${key}`
    const file = open(temporary, O_WRONLY | O_CREAT | O_EXCL, 0o600)
    try {
      try {
        file.writeAll(typeof letter === 'string' ? Buffer.from(letter) : letter)
        if (durability !== 'os') file.sync()
      } finally {
        file.close()
      }
      link(temporary, `${this.folder}/new/${key}`)
    } finally {
      unlink(temporary)
    }
    if (durability === 'disk and folder') syncFolder(`${this.folder}/new`)
    return key
  }

  // list the letters
  /** All letters. With `take`, what is new is moved to `cur` first. */
  letters({ take = false } = {}): Letter[] {
    if (take) {
      for (const { key, path } of this.#in('new')) renameIfThere(path, `${this.folder}/cur/${key}:2,`)
    }
    return [...this.#in('new'), ...this.#in('cur')]
  }

  #in(box: 'new' | 'cur'): Letter[] {
    const names = [...list(`${this.folder}/${box}`)].map(({ name }) => name)
    return names.filter(name => typeof name === 'string' && name[0] !== '.')
      .map(name => letterOf(this.folder, box, name as string))
  }

  /** Where the letter is now; undefined if it was removed. */
  find(key: string): Letter | undefined {
    // A letter that moves from new to cur while we look is in one of them, in this order.
    return this.letters().find(letter => letter.key === key) ?? this.#in('cur').find(letter => letter.key === key)
  }

  // change what is known of a letter
  /** Sets what `change` makes of the flags; undefined if the letter has gone. It may be called several times. */
  update(key: string, change: (flags: string) => string): Letter | undefined {
    for (let letter; (letter = this.find(key)) !== undefined;) {
      const flags = [...new Set(change(letter.flags))].sort().join('')
      const path = `${this.folder}/cur/${key}:2,${flags}`
      if (path === letter.path || renameIfThere(letter.path, path)) return { key, flags, isNew: false, path }
    }
    return undefined
  }

  /** `mark(key, 'S')` says that it was read, `mark(key, '', 'F')` that it is no longer flagged. */
  mark(key: string, add: string, remove = ''): Letter | undefined {
    return this.update(key, flags => [...flags, ...add].filter(flag => !remove.includes(flag)).join(''))
  }

  // read it, and remove it
  /** The letter's bytes; undefined if it has gone. */
  read(key: string): Buffer | undefined {
    return this.#whereItIs(key, path => {
      const file = open(path)
      try {
        return file.readAll()
      } finally {
        file.close()
      }
    })
  }

  /** Removes it for ever. False if it had gone. */
  remove(key: string): boolean {
    return this.#whereItIs(key, path => { unlink(path); return true }) ?? false
  }

  #whereItIs<T>(key: string, action: (path: string) => T): T | undefined {
    for (let letter; (letter = this.find(key)) !== undefined;) {
      try {
        return action(letter.path)
      } catch (error) {
        if (!is(error, 'ENOENT')) throw error
      }
    }
    return undefined
  }

  // remove what was never delivered
  /** Removes leftovers of dead deliveries from `tmp` and returns how many. */
  tidy(nowMs = Date.now()): number {
    let count = 0
    for (const { name } of [...list(`${this.folder}/tmp`)]) {
      const path = `${this.folder}/tmp/${String(name)}`
      const found = statIfThere(path, { follow: false })
      if (found === null || nowMs - Number(found.mtimeNs / 1_000_000n) < TOO_OLD_MS) continue
      unlink(path)
      count++
    }
    return count
  }
}

const TOO_OLD_MS = 36 * 3600 * 1000

function syncFolder(path: string): void {
  const folder = open(path, O_DIRECTORY)
  try {
    folder.sync()
  } finally {
    folder.close()
  }
}
