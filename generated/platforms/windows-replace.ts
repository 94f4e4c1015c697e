// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { AtomicWriteOptions, Written } from '../patterns/atomic-write.ts'
import {
  close, must, namespaced, openHandle, plain, splitPath, wide, win32, withHandle,
  CREATE, DELETE, DIRECTORY_FILE, NON_DIRECTORY_FILE, READ_ATTRIBUTES, REPARSE_POINT,
  WRITE_ATTRIBUTES, WRITE_DATA,
} from './win32.ts'
import { WindowsFile } from './windows-file.ts'
import { finalPath, patiently, rename, unlink } from './windows-name.ts'
import { statOf } from './windows-stat.ts'

const replaceFileCall = win32('int ReplaceFileW(void *target, void *source, void *backup, ' +
  'uint32_t flags, void *a, void *b)')
const session = randomBytes(8).toString('hex')
let count = 0
const hiddenName = () => `.atomic-write.${session}-${(count++).toString(36)}`
const HIDDEN = /^\.atomic-write\.[0-9a-f]{16}-[0-9a-z]+$/
const [SHARE_READ_AND_DELETE, GENERIC_WRITE] = [5, 0x40000000]

/** The atomic write of Windows: as `patterns/atomic-write`, with the promises of its own section. */
export function replaceFile(
  path: Path, data: string | Uint8Array, options: AtomicWriteOptions = {},
): Written {
  const { durability = 'disk', replace = true, mode, links = 'follow' } = options
  // refuse options that Windows has no means for
  if (!['os', 'disk', 'disk and folder'].includes(durability)) throw refusal('durability', durability)
  if (![true, false, 'exchange'].includes(replace)) throw refusal('replace', replace)
  if (!['follow', 'refuse'].includes(links)) throw refusal('links', links)
  if (options.temporary === 'unnamed') throw new SystemError('ENOTSUP', 'open', { path })
  if (options.previous !== undefined && (replace !== 'exchange' || !/^[^/\\]+$/.test(options.previous))) {
    throw refusal('previous', options.previous)
  }
  let hidden: string | undefined
  let file: WindowsFile | undefined
  try {
    // find the file that a link leads to
    const old = replace === false ? undefined : find(path, links)
    const target = old?.path ?? plain(namespaced(path))
    const { folder } = splitPath(target)
    // create a file that nobody else may write
    const place = options.tmpdir === undefined ? folder : plain(namespaced(options.tmpdir))
    hidden = `${place}\\${hiddenName()}`
    const { handle } = openHandle(namespaced(hidden), {
      access: GENERIC_WRITE | READ_ATTRIBUTES, share: SHARE_READ_AND_DELETE,
      disposition: CREATE, options: NON_DIRECTORY_FILE,
    }, 'open', hidden)
    file = new WindowsFile(handle, {
      place: 0, readable: false, writable: true, append: false, holders: 1, locks: [],
    })
    // fill it, and let it reach the disk
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    for (let done = 0; done < bytes.length;) done += file.write(bytes.subarray(done))
    const wanted = mode ?? old?.mode ?? 0o666
    if ((wanted & 0o200) === 0) file.chmod(wanted)
    if (durability !== 'os') file.sync()
    // move it to the name
    let previous: Path | undefined
    if (replace === 'exchange' && old !== undefined) {
      file.close()
      previous = `${folder}\\${options.previous ?? hiddenName()}`
      const names = [target, hidden, previous].map(name => wide(namespaced(name))) as [Buffer, Buffer, Buffer]
      patiently(() => must(replaceFileCall(...names, 0, null, null), 'rename', { path }))
    } else {
      rename({ path: hidden }, { path: target }, replace === true)
    }
    hidden = undefined
    if (durability === 'disk and folder') syncFolder(folder)
    return { path: target, durability, temporary: 'named', ...(previous !== undefined && { previous }) }
  } catch (error) {
    throw error instanceof SystemError
      ? Object.assign(new SystemError(error.code, error.syscall, { path, hint: error.hint }), { cause: error })
      : error
  } finally {
    file?.close()
    if (hidden !== undefined) removeQuietly(hidden)
  }
}

function find(path: Path, links: string): { path: string, mode: number } | undefined {
  const options = links === 'refuse' ? REPARSE_POINT : 0
  try {
    return withHandle(path, { access: READ_ATTRIBUTES, options }, 'open', handle => {
      const { type, mode } = statOf(handle)
      if (type === 'symlink') throw new SystemError('ELOOP', 'open', { path })
      if (type === 'directory') throw new SystemError('EISDIR', 'open', { path })
      return { path: finalPath(handle), mode }
    })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** A folder's names reach the disk as a file's bytes do. */
function syncFolder(folder: string): void {
  const opening = { access: GENERIC_WRITE | READ_ATTRIBUTES, options: DIRECTORY_FILE }
  const { handle } = openHandle(namespaced(folder), opening, 'fsync', folder)
  const file = new WindowsFile(handle, {
    place: 0, readable: false, writable: true, append: false, holders: 1, locks: [],
  })
  try {
    file.sync()
  } finally {
    file.close()
  }
}

function removeQuietly(path: string): void {
  try {
    unlink({ path })
  } catch { /* cleanLeftovers will */ }
}

function refusal(option: string, value: unknown): TypeError {
  const message = `The option '${option}' cannot be ${String(value)} here`
  return Object.assign(new TypeError(message), { code: 'ERR_INVALID_ARG_VALUE' })
}

/**
 * Removes from `folder` what killed writers left, and returns the names. A living writer's file
 * cannot be opened for writing by anybody else: that is how it is known.
 */
export function removeLeftovers(folder: string, names: Iterable<string>): string[] {
  return [...names].filter(name => {
    if (!HIDDEN.test(name)) return false
    const path = `${folder}\\${name}`
    try {
      close(openHandle(namespaced(path), { access: WRITE_DATA | DELETE | WRITE_ATTRIBUTES }, 'open', path).handle)
    } catch (error) {
      if (error instanceof SystemError && ['EBUSY', 'ENOENT', 'EPERM'].includes(error.code)) return false
      throw error
    }
    removeQuietly(path)
    return true
  })
}
