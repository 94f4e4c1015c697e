// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { open, OpenFile, O_CREAT, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_WRONLY, stat } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { exchange, list, readlink, renameNoReplace, unlink } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

const LISTINGS = 300
const isMissing = (error: unknown) => error instanceof SystemError && error.code === 'ENOENT'

/** A file `<path>.<state>` whose state is the end of its name. It keeps its bytes as it changes. */
export class NamedState {
  readonly path: string
  readonly #file: OpenFile

  private constructor(path: string, file: OpenFile) {
    this.path = path
    this.#file = file
  }

  /** Creates it. A path is used once: EEXIST if it is in this state already, and no look at others. */
  static create(path: string, state: string): NamedState {
    open(nameOf(path, state), O_WRONLY | O_CREAT | O_EXCL).close()
    const own = NamedState.find(path)
    if (own === null) throw new SystemError('ENOENT', 'rename', { path, hint: 'it was removed at once' })
    return own
  }

  // find it in whatever state it is
  /** Opens the one that is there, or null: ten listings gave none, or 300 where others are at work. */
  static find(path: string): NamedState | null {
    const slash = path.lastIndexOf('/')
    const [folder, start] = [slash < 0 ? '.' : path.slice(0, slash + 1), `${path.slice(slash + 1)}.`]
    for (let left = LISTINGS; left > 0;) {
      for (const { name } of list(folder)) {
        if (typeof name !== 'string' || !name.startsWith(start) || !/^[\w-]+$/.test(name.slice(start.length))) continue
        try {
          return new NamedState(path, open(`${folder}/${name}`, O_PATH | O_NOFOLLOW))
        } catch (error) {
          if (!isMissing(error)) throw error
          left = LISTINGS   // it was here, and is renamed since
        }
      }
      const ageMs = Date.now() - Number(stat(folder).mtimeNs / 1_000_000n)
      left -= ageMs > 1000 ? LISTINGS / 10 : 1
    }
    return null
  }
  // ask the open file for its name
  /** The state that it has now, or null: the file was removed. */
  get(): string | null {
    const text = pathText(readlink(`/proc/self/fd/${this.#file.fd}`))
    return text.endsWith(' (deleted)') ? null : text.slice(text.lastIndexOf('.') + 1)
  }
  // change the name, if it is still the same
  /** Changes `from` to `to`. False: it is not in that state (any more). EEXIST: another file is in `to`. */
  change(from: string, to: string): boolean {
    try {
      renameNoReplace(nameOf(this.path, from), nameOf(this.path, to))
      return true
    } catch (error) {
      if (isMissing(error)) return false
      throw error
    }
  }

  /** Lets go of it. The file stays. */
  close(): void { this.#file.close() }
}

function nameOf(path: string, state: string): string {
  if (/^[\w-]+$/.test(state)) return `${path}.${state}`
  throw new SystemError('EINVAL', 'rename', { path, hint: `a state is letters, digits, _ and -, not '${state}'` })
}

/**
 * Stores a file with these bytes at `path` and returns those that stood there. ENOENT if nothing did;
 * EINVAL where the filesystem cannot exchange. A death at the end leaves the fetched file beside it.
 */
export function fetchAndStore(path: string, bytes: Uint8Array): Buffer {
  const own = `${path}.${randomBytes(8).toString('hex')}.new`
  const file = open(own, O_WRONLY | O_CREAT | O_EXCL)
  try {
    file.writeAll(bytes)
    exchange(own, path)
    return readWhole(own)
  } finally {
    file.close()
    unlink(own)
  }
}

function readWhole(path: Path): Buffer {
  const file = open(path, O_RDONLY)
  try {
    return file.readAll()
  } finally {
    file.close()
  }
}

const nothing = Buffer.alloc(0)

export const ENDS: readonly Primitive[] = [{
  name: 'exchange of names',
  module: import.meta.url,
  create: folder => {
    open(`${folder}/slot`, O_WRONLY | O_CREAT, 0o600).close()
    return { sender: `${folder}/slot`, receiver: `${folder}/slot` }
  },
  send: (to, text) => { fetchAndStore(String(to), Buffer.from(text)) },
  receive: from => ({
    next: () => fetchAndStore(String(from), nothing).toString() || null,
    close() {},
  }),
}, {
  name: 'state in a name',
  module: import.meta.url,
  create: folder => {
    NamedState.create(`${folder}/job`, 'new').close()
    return { sender: `${folder}/job`, receiver: `${folder}/job` }
  },
  send: (to, text) => {
    const state = NamedState.find(String(to))!
    while (!state.change(state.get() ?? 'new', text));
    state.close()
  },
  receive: from => {
    const state = NamedState.find(String(from))!
    let last: string | null = 'new'
    const next = () => {
      const now = state.get()
      const isNews = now !== last
      last = now
      return isNews ? now : null
    }
    return { next, close: () => state.close() }
  },
}]
