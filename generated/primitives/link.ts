// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import { open, stat, type OpenFile } from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { link, readlink, rename, symlink, unlink } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { createOnce } from '../namespace/create-race.ts'

/**
 * Creates `own` with these bytes and gives it a name in each of the boxes, all on one filesystem.
 * EEXIST, EXDEV, EMLINK, …: `hint` says how many boxes have it; `own` stays then.
 */
export function deliver(own: Path, bytes: Uint8Array, boxes: readonly Path[], { mode = 0o644 } = {}): void {
  if (!createOnce(own, bytes, { mode })) throw new SystemError('EEXIST', 'link', { path: own })
  for (const [i, box] of boxes.entries()) {
    try {
      link(own, box)
    } catch (error) {
      const hint = `${i} of ${boxes.length} boxes have it`
      throw error instanceof SystemError ? new SystemError(error.code, 'link', { path: own, dest: box, hint }) : error
    }
  }
}

/** How many boxes have it still. ENOENT when `own` was taken away. */
export function waiting(own: Path): number { return stat(own).nlink - 1 }

const unlinkIfThere = bind('int unlink(const char *path)', { expected: ['ENOENT'] })

/** The bytes in the box, or null: there is nothing in it, or another one was faster. As `open`. */
export function collect(box: Path): Buffer | null {
  let file: OpenFile
  try {
    file = open(box)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return null
    throw error
  }
  try {
    const bytes = file.readAll()
    return unlinkIfThere(box) < 0 ? null : bytes
  } finally {
    file.close()
  }
}

/** One short text at a path, read and replaced in one step each: symlink(2), readlink(2). */
export class Register {
  readonly path: string

  constructor(path: string) { this.path = path }

  /** The text, or null: nobody has set one. EINVAL if there is something else than a link. */
  get(): Path | null {
    try {
      return readlink(this.path)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'ENOENT') return null
      throw error
    }
  }

  /** Sets the text if there is none; says whether. Errors as `set`. */
  create(text: Path): boolean {
    try {
      symlinkText(text, this.path)
      return true
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EEXIST') return false
      throw error
    }
  }

  // replace the text in one step
  /** Replaces whatever is there. EINVAL: the text is empty; ENAMETOOLONG; EACCES, ENOSPC, … */
  set(text: Path): void {
    const own = `${this.path}.${process.pid}.new`
    try {
      symlinkText(text, own)
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
      unlink(own)
      symlinkText(text, own)
    }
    rename(own, this.path)
  }
}

function symlinkText(text: Path, path: Path): void {
  if (text.length === 0) throw new SystemError('EINVAL', 'symlink', { path, hint: 'a link has a text' })
  symlink(text, path)
}

let delivered = 0

export const ENDS: readonly Primitive[] = [{
  name: 'hard link in a box',
  module: import.meta.url,
  create: folder => ({ sender: `${folder}/box`, receiver: `${folder}/box` }),
  send: (to, text) => {
    const number = delivered++
    deliver(`${String(to)}.out${number}`, Buffer.from(text), [`${String(to)}${number}`])
  },
  receive: from => {
    let next = 0
    const take = () => {
      for (; next < 16; next++) {
        const bytes = collect(`${String(from)}${next}`)
        if (bytes !== null) return bytes.toString()
      }
      next = 0
      return null
    }
    return { next: take, close() {} }
  },
}, {
  name: 'symbolic link',
  module: import.meta.url,
  create: folder => ({ sender: `${folder}/register`, receiver: `${folder}/register` }),
  send: (to, text) => new Register(String(to)).set(text),
  receive: from => {
    let last: string | null = null
    const next = () => {
      const text = new Register(String(from)).get()
      const isNews = text !== null && text !== last
      last = text === null ? null : String(text)
      return isNews ? last : null
    }
    return { next, close() {} }
  },
}]
