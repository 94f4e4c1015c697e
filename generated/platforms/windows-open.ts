// Told in chapters/09-cross-platform/04-windows.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import type { OpenOptions } from './platform.ts'
import {
  close, namespaced, openHandle, textOf, CREATE, DIRECTORY_FILE, NON_DIRECTORY_FILE, OPEN,
  OPEN_IF, READ_ATTRIBUTES, REPARSE_POINT, WRITE_ATTRIBUTES,
} from './win32.ts'
import { WindowsFile } from './windows-file.ts'
import type { Place } from './windows-name.ts'
import { setSizeOf, statOf, READONLY } from './windows-stat.ts'

const [GENERIC_READ, GENERIC_WRITE, NORMAL] = [0x80000000, 0x40000000, 0x80]

/** What NtCreateFile is to be asked for these options. Change of times and mode is asked for, too. */
export function openingOf(options: OpenOptions, polite = false) {
  const { append = false, create = false, exclusive = false, directory = false } = options
  const { write = append, read = !write, follow = true, mode = 0o666 } = options
  return {
    access: ((read ? GENERIC_READ : 0) | (write ? GENERIC_WRITE : 0) | READ_ATTRIBUTES
      | (polite ? 0 : WRITE_ATTRIBUTES)) >>> 0,
    disposition: exclusive ? CREATE : create ? OPEN_IF : OPEN,
    options: (directory ? DIRECTORY_FILE : write || create || exclusive ? NON_DIRECTORY_FILE : 0)
      | (follow && !exclusive ? 0 : REPARSE_POINT),
    attributes: (mode & 0o200) === 0 ? READONLY : NORMAL,
    read, write, append,
  }
}

/** Opens a file as open(2) would. */
export function openFile({ root, path }: Place, options: OpenOptions = {}): WindowsFile {
  // refuse what cannot be meant
  const opening = openingOf(options)
  if (options.truncate === true && !opening.write) throw new SystemError('EINVAL', 'open', { path })
  if (options.directory === true && (opening.write || options.create === true)) {
    throw new SystemError('EISDIR', 'open', { path })
  }
  const text = root === undefined ? namespaced(path) : textOf(path)
  // ask for the right to change times, and do without where it is refused
  let opened
  try {
    opened = openHandle(text, { root, ...opening }, 'open', path)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EPERM') || opening.write) throw error
    opened = openHandle(text, { root, ...openingOf(options, true) }, 'open', path)
  }
  const { handle, created } = opened
  try {
    // refuse a link that was not to be followed
    if (options.follow === false && statOf(handle).type === 'symlink') {
      throw new SystemError('ELOOP', 'open', { path })
    }
    if (options.truncate === true && !created) setSizeOf(handle, 0)
  } catch (error) {
    close(handle)
    throw error
  }
  const { read, write, append } = opening
  return new WindowsFile(handle, {
    place: 0, readable: read, writable: write, append, holders: 1, locks: [],
  })
}
