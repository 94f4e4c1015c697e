// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { leadsTo, open, O_DIRECTORY, type OpenFile } from '../foundations/file.ts'
import { pathText, SystemError } from '../foundations/kernel.ts'
import {
  exchange, list, mkdir, readlink, rename, renameNoReplace, rmdir, symlink, unlink,
} from '../foundations/name.ts'
import { tryFlock } from '../primitives/file-lock.ts'
import { withFileLockSync } from './lock-file.ts'

/** A version that is open. It stays as it is until `close`, or the end of the process. */
export interface PinnedVersion { readonly name: string, readonly path: string, close(): void }

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)
const NAME = /^\d{6,}$/

/** Versions of a folder's content, one of which is current. */
export class CurrentPointer {
  readonly folder: string
  readonly #versions: string
  readonly #current: string

  /** Opens the pointer in `folder`, and makes it where it is missing. Its parent must be there. */
  constructor(folder: string) {
    this.folder = folder
    this.#versions = `${folder}/versions`
    this.#current = `${folder}/current`
    for (const path of [folder, this.#versions]) {
      try { mkdir(path) } catch (error) { if (!is(error, 'EEXIST')) throw error }
    }
  }

  // publish a new version
  /** Lets `fill` put a version into an empty folder, and makes it current. Returns its name. */
  publish(fill: (path: string) => void, options: { expected?: string | null } = {}): string {
    return this.#inHiding(hidden => {
      mkdir(`${hidden}/files`)
      fill(`${hidden}/files`)
      const pinned = open(`${hidden}/files`, O_DIRECTORY)
      try {
        tryFlock(pinned, { shared: true })   // nobody else has it yet
        const name = this.#number(`${hidden}/files`)
        this.#turn(hidden, name, options.expected)
        return name
      } finally {
        pinned.close()
      }
    })
  }

  #number(path: string): string {
    for (let number = Number(this.versions().at(-1) ?? 0) + 1; ; number++) {
      const name = String(number).padStart(6, '0')
      try {
        renameNoReplace(path, `${this.#versions}/${name}`)
        return name
      } catch (error) { if (!is(error, 'EEXIST', 'ENOTEMPTY')) throw error }
    }
  }

  /** The names of all versions, the oldest first. */
  versions(): string[] {
    const names = [...list(this.#versions)].map(({ name }) => String(name)).filter(name => NAME.test(name))
    return names.sort((a, b) => Number(a) - Number(b))
  }
  // point to a version
  /** Makes it current and returns the one that was. ENOENT: no such version. ESTALE: another was expected. */
  point(name: string, { expected }: { expected?: string | null } = {}): string | null {
    return this.#inHiding(hidden => {
      const pinned = NAME.test(name) ? this.#pin(name) : null
      if (pinned === null) throw new SystemError('ENOENT', 'rename', { path: `${this.#versions}/${name}` })
      try {
        return this.#turn(hidden, name, expected)
      } finally {
        pinned.close()
      }
    })
  }

  #turn(hidden: string, name: string, expected?: string | null): string | null {
    symlink(`versions/${name}`, `${hidden}/link`)
    return withFileLockSync(`${this.folder}/lock`, () => {
      const now = this.name()
      if (expected !== undefined && now !== expected) {
        throw new SystemError('ESTALE', 'rename', { path: this.#current, hint: `current is ${now}, not ${expected}` })
      }
      if (now === null) rename(`${hidden}/link`, this.#current)
      else exchange(`${hidden}/link`, this.#current)
      return now === null ? null : pathText(readlink(`${hidden}/link`)).replace(/.*\//, '')
    })
  }
  // open the current version
  /** The current version; null if none was published. Close it, or it will be kept for ever. */
  open(): PinnedVersion | null {
    for (;;) {
      const name = this.name()
      if (name === null) return null
      const file = this.#pin(name)
      if (file !== null) return { name, path: `${this.#versions}/${name}`, close: () => file.close() }
    }
  }

  /** The name of the current version. A moment later it may be another. */
  name(): string | null {
    try {
      return pathText(readlink(this.#current)).replace(/.*\//, '')
    } catch (error) {
      if (is(error, 'ENOENT')) return null
      throw error
    }
  }

  /** Keeps the version from being removed; null if it is gone, or just going. */
  #pin(name: string): OpenFile | null {
    const path = `${this.#versions}/${name}`
    const file = openIfThere(path)
    if (file !== null && tryFlock(file, { shared: true }) && leadsTo(path, file)) return file
    file?.close()
    return null
  }
  // remove what nobody needs
  /** Removes old versions and the leftovers of the dead; returns their names. `keep` of the newest stay. */
  prune({ keep = 2 } = {}): string[] {
    const old = this.versions()
    const spared = new Set(old.slice(Math.max(0, old.length - keep)))
    const left = [...list(this.#versions)].map(({ name }) => String(name)).filter(name => name.startsWith('.'))
    return [...left, ...old.filter(name => !spared.has(name))].filter(name => this.#remove(name))
  }

  #remove(name: string): boolean {
    const path = `${this.#versions}/${name}`
    const file = openIfThere(path)
    if (file === null) return false
    const isOurs = () => tryFlock(file) && leadsTo(path, file)
    const bury = () => {
      const dead = `${this.#versions}/.old-${randomBytes(6).toString('hex')}`
      rename(path, dead)
      return dead
    }
    try {
      const dead = name.startsWith('.') ? isOurs() && path :
        withFileLockSync(`${this.folder}/lock`, () => this.name() !== name && isOurs() && bury())
      if (dead !== false) removeTree(dead)
      return dead !== false
    } finally {
      file.close()
    }
  }
  // work in a hidden folder
  #inHiding<T>(action: (hidden: string) => T): T {
    for (;;) {
      const hidden = `${this.#versions}/.new-${randomBytes(6).toString('hex')}`
      mkdir(hidden)
      const file = openIfThere(hidden)
      try {
        if (file === null || !tryFlock(file) || !leadsTo(hidden, file)) continue
        try {
          return action(hidden)
        } finally {
          removeTree(hidden)
        }
      } finally {
        file?.close()
      }
    }
  }
}

function openIfThere(path: string): OpenFile | null {
  try {
    return open(path, O_DIRECTORY)
  } catch (error) {
    if (is(error, 'ENOENT')) return null
    throw error
  }
}

function removeTree(path: string): void {
  for (const { name, type } of [...list(path)]) {
    if (type === 'directory') removeTree(`${path}/${String(name)}`)
    else unlink(`${path}/${String(name)}`)
  }
  rmdir(path)
}
