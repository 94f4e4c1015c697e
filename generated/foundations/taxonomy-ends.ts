// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_APPEND, O_CREAT, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY, O_CLOEXEC }
  from './file.ts'
import { bind, pathText, SystemError } from './kernel.ts'
import { list, mkdir, mkfifo } from './name.ts'
import { pipe } from './wait.ts'

export type Address = string | OpenFile

/** `next` returns the next note, or null if there is none now. It never waits. */
export interface Receiver { next(): string | null, close(): void }

export interface Primitive {
  name: string
  /** `import.meta.url` of the module that exports it in its `ENDS`, if that is not this one. */
  module?: string
  create(folder: string): { sender: Address, receiver: Address }
  /**
   * Opens what has to be opened, sends, closes. Waits as long as the primitive makes its senders
   * wait.
   */
  send(to: Address, text: string): void
  receive(from: Address): Receiver
}

const opened = (at: Address, flags: number) =>
  typeof at === 'string' ? open(at, flags, 0o600) : at.duplicate()

function using<T>(file: OpenFile, use: (file: OpenFile) => T): T {
  try {
    return use(file)
  } finally {
    file.close()
  }
}

function receiver(file: OpenFile, take: (file: OpenFile) => string | null): Receiver {
  const next = () => {
    try {
      return take(file)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EAGAIN') return null
      throw error
    }
  }
  return { next, close: () => file.close() }
}

function takeBytes(file: OpenFile, position?: number): string | null {
  const buffer = Buffer.alloc(4096)
  const count = file.read(buffer, position)
  return count === 0 ? null : buffer.toString('utf8', 0, count)
}

const sendBytes = (flags: number) => (to: Address, text: string) =>
  using(opened(to, flags), file => file.writeAll(Buffer.from(text)))

function receiveInPlace(from: Address): Receiver {
  let position = 0
  return receiver(opened(from, O_RDONLY), file => {
    const text = takeBytes(file, position)
    position += Buffer.byteLength(text ?? '')
    return text
  })
}

const regularFile: Primitive = {
  name: 'regular file',
  create: folder => {
    open(`${folder}/file`, O_WRONLY | O_CREAT, 0o600).close()
    return { sender: `${folder}/file`, receiver: `${folder}/file` }
  },
  send: sendBytes(O_WRONLY | O_APPEND),
  receive: receiveInPlace,
}

const fifo: Primitive = {
  name: 'FIFO',
  create: folder => {
    mkfifo(`${folder}/fifo`, 0o600)
    return { sender: `${folder}/fifo`, receiver: `${folder}/fifo` }
  },
  send: sendBytes(O_WRONLY),
  receive: from => receiver(opened(from, O_RDONLY | O_NONBLOCK), takeBytes),
}

const anonymousPipe: Primitive = {
  name: 'pipe',
  create: () => {
    const { reader, writer } = pipe({ nonblocking: true })
    return { sender: writer, receiver: reader }
  },
  send: sendBytes(O_WRONLY),
  receive: from => receiver(opened(from, O_RDONLY), takeBytes),
}

const memfdCreate = bind('int memfd_create(const char *name, unsigned int flags)')
const [MFD_CLOEXEC, EFD_CLOEXEC, EFD_NONBLOCK] = [1, O_CLOEXEC, O_NONBLOCK]

const memfd: Primitive = {
  name: 'memfd',
  create: () => {
    const file = new OpenFile(memfdCreate('note', MFD_CLOEXEC))
    return { sender: file, receiver: file }
  },
  send: (to, text) => using(opened(to, O_RDWR), file =>
    file.writeAll(Buffer.from(text), file.stat().size)),
  receive: receiveInPlace,
}

const eventfdCreate = bind('int eventfd(unsigned int value, int flags)')

const eventfd: Primitive = {
  name: 'eventfd',
  create: () => {
    const file = new OpenFile(eventfdCreate(0, EFD_CLOEXEC | EFD_NONBLOCK))
    return { sender: file, receiver: file }
  },
  send: to => using(opened(to, O_RDWR), file => {
    file.write(new Uint8Array(BigUint64Array.of(1n).buffer))
  }),
  receive: from => receiver(opened(from, O_RDWR), file => {
    const count = new BigUint64Array(1)
    file.read(new Uint8Array(count.buffer))
    return `rung ${count[0]} times`
  }),
}

const directoryEntry: Primitive = {
  name: 'directory entry',
  create: folder => ({ sender: folder, receiver: folder }),
  send: (to, text) => mkdir(`${String(to)}/${text}`),
  receive: from => {
    const seen = new Set<string>()
    const next = () => {
      const names = [...list(from as string)].map(entry => pathText(entry.name))
      const unseen = names.find(name => !seen.has(name)) ?? null
      if (unseen !== null) seen.add(unseen)
      return unseen
    }
    return { next, close() {} }
  },
}

const socketCall = bind('int socket(int domain, int type, int protocol)')
const bindCall = bind('int bind(int fd, const void *address, unsigned int length)')
const connectCall = bind(
  'int connect(int fd, const void *address, unsigned int length)', { retry: false })
const listenCall = bind('int listen(int fd, int backlog)')
const acceptCall = bind('int accept4(int fd, void *address, void *length, int flags)')
const [AF_UNIX, SOCK_STREAM, SOCK_DGRAM] = [1, 1, 2]

/** struct sockaddr_un: the family in two bytes, the path, a NUL. */
const socketAddress = (path: Address) => Buffer.from(`\x01\0${String(path)}\0`)
const socket = (type: number, flags: number) =>
  new OpenFile(socketCall(AF_UNIX, type | flags | O_CLOEXEC, 0))

function unixSocket(
  name: string, type: number, take: (file: OpenFile) => string | null,
): Primitive {
  return {
    name,
    create: folder => ({ sender: `${folder}/${name}`, receiver: `${folder}/${name}` }),
    send: (to, text) => using(socket(type, 0), file => {
      const address = socketAddress(to)
      connectCall(file.fd, address, address.length)
      file.writeAll(Buffer.from(text))
    }),
    receive: from => {
      const [file, address] = [socket(type, O_NONBLOCK), socketAddress(from)]
      try {
        bindCall(file.fd, address, address.length)
        if (type === SOCK_STREAM) listenCall(file.fd, 8)
      } catch (error) {
        file.close()
        throw error
      }
      return receiver(file, take)
    },
  }
}

export const PRIMITIVES: readonly Primitive[] = [
  regularFile, directoryEntry, fifo, anonymousPipe,
  unixSocket('stream socket', SOCK_STREAM, file =>
    using(new OpenFile(acceptCall(file.fd, null, null, O_CLOEXEC)), takeBytes)),
  unixSocket('datagram socket', SOCK_DGRAM, takeBytes),
  memfd, eventfd,
]
