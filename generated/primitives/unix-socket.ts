// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_CLOEXEC, O_CREAT, O_NONBLOCK, O_RDWR, statIfThere }
  from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { rename, toName, unlink } from '../foundations/name.ts'
import type { Primitive } from '../foundations/taxonomy.ts'

/** A path, or a name that stands in no folder: unix(7), abstract. */
export type SocketName = Path | { abstract: string }

const [AF_UNIX, ADDRESS_SIZE] = [1, 110]

function toAddress(name: SocketName, syscall: string): Buffer {
  const isAbstract = typeof name === 'object' && 'abstract' in name
  const text = Buffer.from(isAbstract ? `\0${name.abstract}` : name)
  if (!isAbstract && text.includes(0)) throw new TypeError('a path has no null bytes')
  const address = Buffer.concat([Buffer.of(AF_UNIX, 0), text, Buffer.of(0)])
  const length = isAbstract ? address.length - 1 : address.length
  if (length > ADDRESS_SIZE) {
    const hint = 'a socket name has 107 bytes; /proc/self/fd/N/name is a shorter way to it'
    throw new SystemError('ENAMETOOLONG', syscall, isAbstract ? { hint } : { path: name, hint })
  }
  if (text.length === 0) throw new SystemError('ENOENT', syscall, { path: '' })
  return address.subarray(0, length)
}

function fromAddress(address: Buffer, length: number): SocketName | null {
  if (length <= 2) return null
  if (address[2] === 0) return { abstract: address.toString('utf8', 3, length) }
  return toName(address.subarray(2, address.indexOf(0, 2)))
}

const socketCall = bind('int socket(int domain, int type, int protocol)')
const pairCall = bind('int socketpair(int domain, int type, int protocol, void *fds)')
const bindCall = bind('int bind(int fd, const void *address, unsigned int length)')
const listenCall = bind('int listen(int fd, int backlog)')
const connectCall = bind('int connect(int fd, const void *address, unsigned int length)')
const acceptCall = bind('int accept4(int fd, void *address, void *length, int flags)')
const nameCall = bind('int getsockname(int fd, void *address, void *length)')
const optionCall = bind('int getsockopt(int fd, int level, int option, void *value, void *length)')
const shutdownCall = bind('int shutdown(int fd, int how)')
const sendCall = bind(
  'ssize_t sendto(int fd, void *bytes, size_t size, int flags, void *to, unsigned int toSize)')
const receiveCall = bind(
  'ssize_t recvfrom(int fd, void *bytes, size_t size, int flags, void *from, void *fromSize)')

const KINDS = { stream: 1, datagram: 2, seqpacket: 5 } as const
export type SocketKind = keyof typeof KINDS

const FLAGS = O_NONBLOCK | O_CLOEXEC
const [MSG_TRUNC, MSG_NOSIGNAL, SHUT_WR] = [0x20, 0x4000, 1]

/** What came. `from` is null for a sender without a name; `isCut`: the note was longer. */
export interface Note { bytes: Buffer, isCut: boolean, from: SocketName | null }
/** A process as the kernel saw it when it connected. */
export interface Peer { pid: number, uid: number, gid: number }

/** An end that never waits: null or false where it would have to. */
export class UnixSocket extends OpenFile {
  readonly kind: SocketKind

  /** A new one, or one that a call has returned. */
  constructor(kind: SocketKind, fd = socketCall(AF_UNIX, KINDS[kind] | FLAGS, 0)) {
    super(fd)
    this.kind = kind
  }

  // name it, and go to a name
  /** Takes the name, and makes the file if it is a path: EADDRINUSE. */
  bind(name: SocketName): void { this.#to(name, 'bind', bindCall) }

  /** Connects. ECONNREFUSED: nobody listens; EAGAIN: too many wait there. EPROTOTYPE: another kind. */
  connect(name: SocketName): void { this.#to(name, 'connect', connectCall) }

  /** Lets up to `backlog` connections wait to be accepted. */
  listen(backlog = 128): void { listenCall(this.fd, backlog) }

  /** Its own name, or null. */
  get name(): SocketName | null {
    const [address, length] = [Buffer.alloc(ADDRESS_SIZE + 2), Buffer.of(ADDRESS_SIZE, 0, 0, 0)]
    nameCall(this.fd, address, length)
    return fromAddress(address, length.readUInt32LE())
  }

  #to(name: SocketName, syscall: string, call: typeof bindCall): void {
    const address = toAddress(name, syscall)
    try {
      call(this.fd, address, address.length)
    } catch (error) {
      throw named(error, name)
    }
  }
  // accept a connection
  /** The next connection, or null. Wait for one with `waitReadable`. */
  accept(): UnixSocket | null {
    const fd = unlessEmpty(() => acceptCall(this.fd, null, null, FLAGS))
    return fd === null ? null : new UnixSocket(this.kind, fd)
  }
  // send and receive
  /** Sends a note, or as much of `bytes` as a stream takes. False: no room now. EPIPE, ECONNREFUSED. */
  send(bytes: Uint8Array, to?: SocketName): number | false {
    const address = to === undefined ? null : toAddress(to, 'sendto')
    try {
      return unlessEmpty(() => sendCall(this.fd, bytes, bytes.length, MSG_NOSIGNAL,
        address, address?.length ?? 0)) ?? false
    } catch (error) {
      throw to === undefined ? error : named(error, to)
    }
  }

  /**
   * The next note, or what a stream has, up to `size` bytes; null when there is nothing now.
   * No bytes are the end of a stream and of packets, and an empty note of datagrams.
   */
  receive(size = 65_536): Note | null {
    const [bytes, address] = [Buffer.allocUnsafe(size), Buffer.alloc(ADDRESS_SIZE + 2)]
    const addressLength = Buffer.of(ADDRESS_SIZE, 0, 0, 0)
    const flags = this.kind === 'stream' ? 0 : MSG_TRUNC
    const length = unlessEmpty(() =>
      receiveCall(this.fd, bytes, size, flags, address, addressLength))
    if (length === null) return null
    const from = fromAddress(address, addressLength.readUInt32LE())
    return { bytes: bytes.subarray(0, length), isCut: length > size, from }
  }

  /** Says that nothing more will be sent; the other side reads the end. */
  end(): void { shutdownCall(this.fd, SHUT_WR) }
  // say who is there
  /** Who connected, or who listens: SO_PEERCRED. */
  get peer(): Peer {
    const ucred = this.#option(SO_PEERCRED, 12)
    return { pid: ucred.readInt32LE(0), uid: ucred.readUInt32LE(4), gid: ucred.readUInt32LE(8) }
  }

  /** That process as a descriptor, readable once it has ended: SO_PEERPIDFD. ENOPROTOOPT before 6.5. */
  get peerPidfd(): OpenFile { return new OpenFile(this.#option(SO_PEERPIDFD, 4).readInt32LE()) }

  #option(option: number, size: number): Buffer {
    const value = Buffer.alloc(size)
    optionCall(this.fd, SOL_SOCKET, option, value, Buffer.of(size, 0, 0, 0))
    return value
  }
}

const [SOL_SOCKET, SO_PEERCRED, SO_PEERPIDFD] = [1, 17, 77]

/** Two connected ends without a name, one of them for a child. */
export function socketPair(kind: SocketKind): [UnixSocket, UnixSocket] {
  const fds = Buffer.alloc(8)
  pairCall(AF_UNIX, KINDS[kind] | FLAGS, 0, fds)
  return [new UnixSocket(kind, fds.readInt32LE(0)), new UnixSocket(kind, fds.readInt32LE(4))]
}

function unlessEmpty(call: () => number): number | null {
  try {
    return call()
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return null
    throw error
  }
}

function named(error: unknown, name: SocketName): unknown {
  if (!(error instanceof SystemError)) return error
  const path = typeof name === 'object' && 'abstract' in name ? `@${name.abstract}` : name
  return new SystemError(error.errno, error.syscall, { path })
}

/** A socket at a path that nobody else claims while it is open. */
export interface Claim { socket: UnixSocket, close(): void }

/** Binds and listens at `path`, in place of a dead owner's socket. EADDRINUSE: the owner lives. */
export function claim(path: string, kind: SocketKind = 'stream'): Claim {
  const lock = open(`${path}.lock`, O_RDWR | O_CREAT, 0o600)
  const socket = new UnixSocket(kind)
  const close = () => {
    socket.close()
    lock.close()
  }
  try {
    const type = statIfThere(path, { follow: false })?.type ?? 'socket'
    if (type !== 'socket' || !lock.tryLock()) throw new SystemError('EADDRINUSE', 'bind', { path })
    if (statIfThere(`${path}.new`, { follow: false }) !== null) unlink(`${path}.new`)
    socket.bind(`${path}.new`)
    if (kind !== 'datagram') socket.listen()
    rename(`${path}.new`, path)
    return { socket, close }
  } catch (error) {
    close()
    throw error
  }
}

/** A new socket that is called `name`. None is left behind when it cannot be. */
export function bound(kind: SocketKind, name: SocketName): UnixSocket {
  const socket = new UnixSocket(kind)
  try {
    socket.bind(name)
    return socket
  } catch (error) {
    socket.close()
    throw error
  }
}

const abstractOf = (address: unknown): SocketName => ({ abstract: String(address) })

function socketEnd(name: string, kind: SocketKind, toSocketName: (at: unknown) => SocketName): Primitive {
  const using = <T>(socket: UnixSocket | null, use: (socket: UnixSocket) => T) => {
    try {
      return socket === null ? null : use(socket)
    } finally {
      socket?.close()
    }
  }
  const take = (socket: UnixSocket) => socket.receive()?.bytes.toString() ?? null
  return {
    name,
    module: import.meta.url,
    create: folder => ({ sender: `${folder}/note`, receiver: `${folder}/note` }),
    send: (to, text) => using(new UnixSocket(kind), socket => {
      socket.connect(toSocketName(to))
      socket.send(Buffer.from(text))
    }),
    receive: from => {
      const socket = bound(kind, toSocketName(from))
      if (kind !== 'datagram') socket.listen()
      const next = () => kind === 'datagram' ? take(socket) : using(socket.accept(), take)
      return { next, close: () => socket.close() }
    },
  }
}

export const ENDS: readonly Primitive[] = [
  socketEnd('seqpacket socket', 'seqpacket', String),
  socketEnd('abstract socket', 'datagram', abstractOf),
]
