// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import {
  open, O_CREAT, O_DIRECTORY, O_RDWR, O_TRUNC, type OpenFile,
} from '../foundations/file.ts'
import { bind, pathText, SystemError } from '../foundations/kernel.ts'
import { list, mkdir, rename, split, unlink } from '../foundations/name.ts'
import { decodeSegment, encodeSegment, scan, type Segment } from './append-log-format.ts'

/** What opening found: the records that are there, and what of an unfinished batch was cut off. */
export interface Recovery {
  first: number, next: number
  cut?: { path: string, offset: number, bytes: number }
  /** Names that a killed appender had left. */
  removed: string[]
}

export const newName = (path: string) => `${path}.new`

/** A segment is called by its first record, in 16 digits, so that names sort as records do. */
export const segmentName = (first: number) => `${String(first).padStart(16, '0')}.log`

/** The first records of the segments in the folder, in order. */
export function segmentsIn(folder: string): number[] {
  const names = namesIn(folder).filter(name => /^\d{16}\.log$/.test(name))
  return names.map(name => Number.parseInt(name, 10)).sort((a, b) => a - b)
}

export function namesIn(folder: string): string[] {
  try {
    return Array.from(list(folder), ({ name }) => pathText(name))
  } catch (error) {
    throw placed(error, folder)
  }
}

const fallocateCall = bind('int fallocate(int fd, int mode, off_t offset, off_t length)')

export function prepare(path: string, header: Buffer): OpenFile {
  const file = open(newName(path), O_RDWR | O_CREAT | O_TRUNC)
  try {
    const { bytes } = decodeSegment(header)!
    allocate(file, bytes)
    file.writeAll(header, 0)
    return file
  } catch (error) {
    letGo(file)
    removeQuietly(newName(path))
    throw error
  }
}

function allocate(file: OpenFile, bytes: number): void {
  try {
    fallocateCall(file.fd, 0, 0, bytes)
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ENOTSUP')) throw error
    file.truncate(bytes)   // ENOSPC may then come with a write
  }
}

export interface Opened {
  lock: OpenFile, names: OpenFile, file: OpenFile, segment: Segment, offset: number, recovery: Recovery
}

export function openSegments(folder: string, segmentBytes: number): Opened {
  const opened: OpenFile[] = []
  const keep = (file: OpenFile) => { opened.push(file); return file }
  try {
    makeFolder(folder)
    const lock = keep(open(`${folder}/lock`, O_RDWR | O_CREAT))
    if (!lock.tryLock()) {
      throw new SystemError('EBUSY', 'open', { path: folder, hint: 'the log has an appender already' })
    }
    const names = keep(open(folder, O_DIRECTORY))
    const removed = removeLeftovers(folder)
    let firsts = segmentsIn(folder)
    if (firsts.length === 0) {
      createFirst(folder, segmentBytes, names)
      firsts = [1]
    }
    const path = `${folder}/${segmentName(firsts.at(-1)!)}`
    const file = keep(open(path, O_RDWR))
    return { lock, names, file, ...recover(file, path, firsts, removed) }
  } catch (error) {
    letGo(...opened)
    throw placed(error, folder)
  }
}

/** Makes a folder whose name is durable, unless it is there. */
export function makeFolder(folder: string): void {
  try {
    mkdir(folder)
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EEXIST') return
    throw error
  }
  const parent = open(split(folder).folder, O_DIRECTORY)
  try {
    parent.sync()
  } catch (error) {
    throw placed(error, folder)
  } finally {
    letGo(parent)
  }
}

function removeLeftovers(folder: string): string[] {
  const left = namesIn(folder).filter(name => /^\d{16}\.log\.new$/.test(name))
  for (const name of left) unlink(`${folder}/${name}`)
  return left
}

function createFirst(folder: string, bytes: number, names: OpenFile): void {
  const path = `${folder}/${segmentName(1)}`
  const file = prepare(path, encodeSegment({ identity: randomBytes(16), first: 1, bytes }))
  try {
    file.datasync()
  } finally {
    letGo(file)
  }
  rename(newName(path), path)
  names.sync()
}

function recover(file: OpenFile, path: string, firsts: number[], removed: string[]) {
  const bytes = file.readAll()
  const segment = decodeSegment(bytes)
  if (segment === undefined) throw damaged(path, 'its header is not one of a log')
  // refuse what no crash can have made
  if (segment.first !== firsts.at(-1)) throw damaged(path, `it begins with record ${segment.first}`)
  if (bytes.length < segment.bytes) throw damaged(path, `${segment.bytes - bytes.length} bytes are missing at its end`)
  const { end, next, unproven, dirty, proof } = scan(bytes.subarray(0, segment.bytes), segment)
  if (proof !== undefined) {
    throw damaged(path, `record ${next} at byte ${end} is damaged, and record ${proof.first} at byte ` +
      `${proof.offset} shows that it was on the disk`)
  }
  // cut off what was torn, and write again what may not be on the disk
  if (dirty !== undefined) file.writeAll(Buffer.alloc(dirty - end), end)
  if (unproven < end) file.writeAll(bytes.subarray(unproven, end), unproven)
  if (dirty !== undefined || unproven < end) file.datasync()
  const cut = dirty === undefined ? undefined : { path, offset: end, bytes: dirty - end }
  const recovery: Recovery = { first: firsts[0]!, next, removed, ...(cut !== undefined && { cut }) }
  return { segment, offset: end, recovery }
}

/** EBADMSG: the disk, or somebody, has changed bytes that were acknowledged. Nothing is touched. */
export function damaged(path: string, hint: string): SystemError {
  return new SystemError('EBADMSG', 'read', { path, hint })
}

/** Closes what was synced, or is given up: whatever close(2) says now comes too late. */
export function letGo(...files: OpenFile[]): void {
  for (const file of files) {
    try {
      file.close()
    } catch { /* something more important has been said */ }
  }
}

export function removeQuietly(path: string): void {
  try {
    unlink(path)
  } catch { /* the next opening will */ }
}

/** Calls on descriptors know no path; the caller knows one. */
export function placed(error: unknown, path: string): unknown {
  if (!(error instanceof SystemError) || error.path !== undefined) return error
  const { errno, syscall, hint } = error
  return Object.assign(new SystemError(errno, syscall, { path, hint }), { cause: error })
}
