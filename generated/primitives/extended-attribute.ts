// Told in chapters/02-primitives-catalog/19-extended-attribute.md. Edit it there, or edit here and stitch.
import { open, type OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

const SET = 'int fsetxattr(int fd, const char *name, const void *value, size_t size, int flags)'
const setCall = bind(SET, { expected: ['EEXIST', 'ENODATA'] })
const getCall = bind(
  'ssize_t fgetxattr(int fd, const char *name, void *value, size_t size)', { expected: ['ENODATA'] })
const removeCall = bind('int fremovexattr(int fd, const char *name)', { expected: ['ENODATA'] })
const listCall = bind('ssize_t flistxattr(int fd, void *names, size_t size)')
const [XATTR_CREATE, XATTR_REPLACE] = [1, 2]

/** The longest value, and the longest list of names: 64 KiB. A filesystem may take less. */
export const ATTRIBUTE_MAX = 65_536
const room = Buffer.allocUnsafeSlow(ATTRIBUTE_MAX)

/** The attributes of an open file or folder. Names begin with `user.`: xattr(7). */
export class Attributes {
  readonly #file: OpenFile

  /** The file stays the caller's. It may be open for reading only: what counts is the file's mode. */
  constructor(file: OpenFile) {
    this.#file = file
  }

  // read a value, and the names
  /** The value, or null if there is no such attribute. */
  get(name: string): Buffer | null {
    const size = hinted(() => getCall(this.#file.fd, name, room, room.length), name)
    return size < 0 ? null : Buffer.from(room.subarray(0, size))
  }

  /** The names of all that we may see, in the filesystem's own order. E2BIG beyond 64 KiB of names. */
  names(): string[] {
    const size = listCall(this.#file.fd, room, room.length)
    return room.toString('utf8', 0, size).split('\0').slice(0, -1)
  }
  // change by what is there
  /** Makes it so, whatever was there. */
  set(name: string, value: string | Uint8Array): void { this.#change(name, value, 0) }

  /** True: there was none, and now there is. */
  create(name: string, value: string | Uint8Array = ''): boolean {
    return this.#change(name, value, XATTR_CREATE)
  }

  /** True: there was one, and now it has this value. */
  replace(name: string, value: string | Uint8Array): boolean {
    return this.#change(name, value, XATTR_REPLACE)
  }

  /** True: there was one, and we have removed it. */
  remove(name: string): boolean {
    return hinted(() => removeCall(this.#file.fd, name), name) >= 0
  }

  #change(name: string, value: string | Uint8Array, flags: number): boolean {
    const bytes = Buffer.from(value)
    return hinted(() => setCall(this.#file.fd, name, bytes, bytes.length, flags), name) >= 0
  }
}

const HINTS: Record<string, string> = {
  ENOTSUP: 'names begin with "user.", and some filesystems have no attributes',
  EPERM: 'only files and folders have attributes of users',
  ERANGE: 'a name has 1 to 255 bytes, with its "user."',
  E2BIG: `a value has ${ATTRIBUTE_MAX} bytes at most`,
  ENOSPC: 'ext4 has 4 KiB for all attributes of a file, btrfs 16 KiB for each; or the disk is full',
}

function hinted(call: () => number, name: string): number {
  try {
    return call()
  } catch (error) {
    if (!(error instanceof SystemError) || HINTS[error.code] === undefined) throw error
    const details = { path: name, hint: HINTS[error.code] }
    throw Object.assign(new SystemError(error.errno, error.syscall, details), { cause: error })
  }
}

function onFile<T>(path: unknown, use: (attributes: Attributes) => T): T {
  const file = open(String(path))
  try {
    return use(new Attributes(file))
  } finally {
    file.close()
  }
}

export const ENDS: readonly Primitive[] = [{
  name: 'extended attribute',
  module: import.meta.url,
  create: folder => ({ sender: folder, receiver: folder }),   // a folder has attributes, too
  send: (to, text) => onFile(to, attributes => {
    let number = 0
    while (!attributes.create(`user.note.${number}`, text)) number++
  }),
  receive: from => {
    let number = 0
    const next = () => {
      const value = onFile(from, attributes => attributes.get(`user.note.${number}`))
      if (value !== null) number++
      return value?.toString() ?? null
    }
    return { next, close() {} }
  },
}]
