// Told in chapters/02-primitives-catalog/07-descriptor-passing.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { pipe } from '../foundations/wait.ts'
import { bound, UnixSocket, type Peer } from './unix-socket.ts'

const HEADER = { IOV: 16, IOV_COUNT: 24, CONTROL: 32, CONTROL_SIZE: 40, FLAGS: 48, SIZE: 56 }
const [IOVEC_SIZE, CMSG_HEADER, SOL_SOCKET] = [16, 16, 1]
const [SCM_RIGHTS, SCM_CREDENTIALS, UCRED_SIZE, INT] = [1, 2, 12, 4]
const aligned = (size: number) => Math.ceil(size / 8) * 8

/** struct msghdr with its one struct iovec behind it. The caller keeps `bytes` and `control` alive. */
function header(bytes: Uint8Array, control: Buffer): Buffer {
  const message = Buffer.alloc(HEADER.SIZE + IOVEC_SIZE)
  const iovec = koffi.address(message) + BigInt(HEADER.SIZE)
  message.writeBigUInt64LE(iovec, HEADER.IOV)
  message.writeBigUInt64LE(1n, HEADER.IOV_COUNT)
  message.writeBigUInt64LE(bytes.length === 0 ? 0n : koffi.address(bytes), HEADER.SIZE)
  message.writeBigUInt64LE(BigInt(bytes.length), HEADER.SIZE + 8)
  if (control.length > 0) {
    message.writeBigUInt64LE(koffi.address(control), HEADER.CONTROL)
    message.writeBigUInt64LE(BigInt(control.length), HEADER.CONTROL_SIZE)
  }
  return message
}

/** struct cmsghdr and its data, padded. */
function controlMessage(type: number, data: Uint8Array): Buffer {
  const message = Buffer.alloc(aligned(CMSG_HEADER + data.length))
  message.writeBigUInt64LE(BigInt(CMSG_HEADER + data.length), 0)
  message.writeInt32LE(SOL_SOCKET, 8)
  message.writeInt32LE(type, 12)
  message.set(data, CMSG_HEADER)
  return message
}

const sendmsgCall = bind('ssize_t sendmsg(int fd, const void *message, int flags)')
const receivemsgCall = bind('ssize_t recvmsg(int fd, void *message, int flags)')
const optionCall = bind(
  'int setsockopt(int fd, int level, int option, const void *value, unsigned int length)')
const [MSG_CTRUNC, MSG_TRUNC, MSG_NOSIGNAL, MSG_CMSG_CLOEXEC] = [8, 0x20, 0x4000, 0x40000000]

/**
 * Sends a note to the connected end, and these open files with it; closes none of them. False: no
 * room now. EINVAL: more than 253 files; ETOOMANYREFS: too many of ours are on their way.
 */
export function sendWith(socket: UnixSocket, bytes: Uint8Array, files: readonly OpenFile[]): number | false {
  if (bytes.length === 0 && socket.kind === 'stream') {
    throw new RangeError('a stream delivers no descriptors without a byte')
  }
  const control = files.length === 0 ? Buffer.alloc(0)
    : controlMessage(SCM_RIGHTS, new Uint8Array(Int32Array.from(files, file => file.fd).buffer))
  const count = unlessFull(() => sendmsgCall(socket.fd, header(bytes, control), MSG_NOSIGNAL))
  // To ask for their lengths keeps both alive until here.
  return count === null || control.length < 0 ? false : Math.min(count, bytes.length)
}

function unlessFull(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return null
    throw error
  }
}

/** A note with what came along. The caller closes `files`. `credentials` is null unless wanted. */
export interface Parcel {
  bytes: Buffer, isCut: boolean
  files: OpenFile[], areFilesCut: boolean
  credentials: Peer | null
}

/** Takes the next note and up to `filesMax` open files; null when there is none now. EMFILE. */
export function receiveWith(
  socket: UnixSocket, { size = 65_536, filesMax = 1 } = {},
): Parcel | null {
  const bytes = Buffer.allocUnsafeSlow(size)
  const room = aligned(CMSG_HEADER + filesMax * INT) + aligned(CMSG_HEADER + UCRED_SIZE)
  const control = Buffer.alloc(room)
  const message = header(bytes, control)
  const flags = MSG_CMSG_CLOEXEC | (socket.kind === 'stream' ? 0 : MSG_TRUNC)
  const length = unlessFull(() => receivemsgCall(socket.fd, message, flags))
  if (length === null) return null
  const end = Number(message.readBigUInt64LE(HEADER.CONTROL_SIZE))
  const { files, credentials } = unpack(control.subarray(0, end))
  const told = message.readInt32LE(HEADER.FLAGS)
  const areFilesCut = files.length > filesMax || (told & MSG_CTRUNC) !== 0
  for (const file of files.splice(filesMax)) file.close()
  return { bytes: bytes.subarray(0, length), isCut: length > size, files, areFilesCut, credentials }
}

function unpack(control: Buffer): { files: OpenFile[], credentials: Peer | null } {
  const files: OpenFile[] = []
  let credentials: Peer | null = null
  for (let at = 0; at + CMSG_HEADER <= control.length;) {
    const length = Number(control.readBigUInt64LE(at))
    const [type, data] = [control.readInt32LE(at + 12), control.subarray(at + CMSG_HEADER, at + length)]
    for (let i = 0; type === SCM_RIGHTS && i < data.length; i += INT) {
      files.push(new OpenFile(data.readInt32LE(i)))
    }
    if (type === SCM_CREDENTIALS) {
      credentials =
        { pid: data.readInt32LE(0), uid: data.readUInt32LE(4), gid: data.readUInt32LE(8) }
    }
    at += aligned(length)
  }
  return { files, credentials }
}

/** How not to do it: room for one, and the first is taken. A second one stays in the table. */
export function receiveCarelessly(socket: UnixSocket): OpenFile {
  const [bytes, control] = [Buffer.alloc(64), Buffer.alloc(aligned(CMSG_HEADER + INT))]
  receivemsgCall(socket.fd, header(bytes, control), MSG_CMSG_CLOEXEC)
  return new OpenFile(control.readInt32LE(CMSG_HEADER))
}

const SO_PASSCRED = 16

/** From now on each note that arrives here says who sent it. */
export function wantCredentials(socket: UnixSocket): void {
  optionCall(socket.fd, SOL_SOCKET, SO_PASSCRED, Buffer.of(1, 0, 0, 0), INT)
}

/** Sends a note in somebody's name. EPERM for an unprivileged liar. */
export function sendAs(socket: UnixSocket, bytes: Uint8Array, { pid, uid, gid }: Peer): void {
  const control = controlMessage(SCM_CREDENTIALS, new Uint8Array(Int32Array.of(pid, uid, gid).buffer))
  sendmsgCall(socket.fd, header(bytes, control), MSG_NOSIGNAL)
}

function using<T>(file: OpenFile, use: () => T): T {
  try {
    return use()
  } finally {
    file.close()
  }
}

function nextText(socket: UnixSocket): string | null {
  const file = receiveWith(socket)?.files[0]
  return file === undefined ? null : using(file, () => file.readAll().toString())
}

export const ENDS: readonly Primitive[] = [{
  name: 'passed descriptor',
  module: import.meta.url,
  create: folder => ({ sender: `${folder}/door`, receiver: `${folder}/door` }),
  send: (to, text) => {
    const [socket, { reader, writer }] = [new UnixSocket('datagram'), pipe()]
    using(socket, () => using(reader, () => {
      using(writer, () => writer.writeAll(Buffer.from(text)))
      socket.connect(String(to))
      sendWith(socket, Buffer.from('a pipe'), [reader])
    }))
  },
  receive: from => {
    const socket = bound('datagram', String(from))
    return { next: () => nextText(socket), close: () => socket.close() }
  },
}]
