// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { leadsTo, open, statIfThere, O_CREAT, O_DIRECTORY, O_EXCL, O_WRONLY, type OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { list, mkdir, renameIfThere, renameNoReplace, rmdir, unlink } from '../foundations/name.ts'
import { tryFlock } from '../primitives/file-lock.ts'

const MARK = '.mark'
const is = (error: unknown, ...codes: string[]) => error instanceof SystemError && codes.includes(error.code)

/** Files of one folder that change together. */
export class TwoPhaseFolder {
  readonly folder: string
  readonly #commit: string

  /** The folder must be there: ENOENT later on. */
  constructor(folder: string) {
    this.folder = folder
    this.#commit = `${folder}/.commit`
  }

  // publish a set
  /** Replaces these files, by name, as one. Files that are not named stay as they are. */
  publish(files: { readonly [name: string]: string | Uint8Array }): void {
    for (const name of Object.keys(files)) {
      if (/^\.|\//.test(name) || name === '') throw new SystemError('EINVAL', 'rename', { path: name })
    }
    this.finish()
    this.#sweep()
    const { prepared, lock } = this.#prepare(files)
    try {
      while (!this.#decide(prepared)) this.finish()
      this.finish()
    } catch (error) {
      if (leadsTo(prepared, lock)) removeFolder(prepared)
      throw error
    } finally {
      lock.close()
    }
  }

  #decide(prepared: string): boolean {
    try {
      renameNoReplace(prepared, this.#commit)
      return true
    } catch (error) {
      if (is(error, 'EEXIST', 'ENOTEMPTY')) return false
      throw error
    }
  }
  // prepare it, in a folder of one's own
  #prepare(files: { readonly [name: string]: string | Uint8Array }): { prepared: string, lock: OpenFile } {
    const id = randomBytes(8).toString('hex')
    const prepared = `${this.folder}/.publish-${id}`
    mkdir(prepared)
    const lock = openIfThere(prepared)
    if (lock === null || !tryFlock(lock) || !leadsTo(prepared, lock)) {
      lock?.close()   // a sweeper took us for dead
      return this.#prepare(files)
    }
    try {
      for (const [name, data] of [...Object.entries(files), [MARK, id] as const]) write(`${prepared}/${name}`, data)
      lock.sync()
      return { prepared, lock }
    } catch (error) {
      removeFolder(prepared)
      lock.close()
      throw error
    }
  }
  // finish what was decided
  /** Puts a committed set into place, if there is one. Returns whether there was. */
  finish(): boolean {
    for (let found = false; ; found = true) {
      if (statIfThere(this.#commit) === null) return found
      for (const name of namesIn(this.#commit)) renameIfThere(`${this.#commit}/${name}`, `${this.folder}/${name}`)
      try {
        rmdir(this.#commit)
      } catch (error) {
        if (!is(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error
      }
    }
  }
  // read a set
  /** These files as one set has them; undefined for a file that is not there. */
  read(names: readonly string[]): { [name: string]: Buffer | undefined } {
    for (;;) {
      const before = readIfThere(`${this.folder}/${MARK}`)?.toString()
      if (this.finish()) continue
      const files = Object.fromEntries(names.map(name => [name, readIfThere(`${this.folder}/${name}`)]))
      const isMoving = statIfThere(this.#commit) !== null
      if (!isMoving && readIfThere(`${this.folder}/${MARK}`)?.toString() === before) return files
    }
  }
  // remove what was never decided
  #sweep(): void {
    for (const name of namesIn(this.folder).filter(name => name.startsWith('.publish-'))) {
      const path = `${this.folder}/${name}`
      const file = openIfThere(path)
      if (file !== null && tryFlock(file) && leadsTo(path, file)) removeFolder(path)
      file?.close()
    }
  }
}

/** What `action` returns, or null where there is no such file. */
function ifThere<T>(action: () => T): T | null {
  try {
    return action()
  } catch (error) {
    if (is(error, 'ENOENT')) return null
    throw error
  }
}
const openIfThere = (path: string) => ifThere(() => open(path, O_DIRECTORY))
const namesIn = (path: string) => ifThere(() => [...list(path)].map(({ name }) => String(name))) ?? []

function readIfThere(path: string): Buffer | undefined {
  const file = ifThere(() => open(path))
  try { return file?.readAll() } finally { file?.close() }
}

function write(path: string, data: string | Uint8Array): void {
  const file = open(path, O_WRONLY | O_CREAT | O_EXCL)
  try {
    file.writeAll(typeof data === 'string' ? Buffer.from(data) : data)
    file.datasync()
  } finally {
    file.close()
  }
}

function removeFolder(path: string): void {
  for (const name of namesIn(path)) unlink(`${path}/${name}`)
  rmdir(path)
}
