// Told in chapters/02-primitives-catalog/21-side-by-side.md. Edit it there, or edit here and stitch.
import { once } from 'node:events'
import net from 'node:net'
import { open, OpenFile, O_CREAT, O_RDWR } from '../foundations/file.ts'
import { bind, pathText } from '../foundations/kernel.ts'
import { link, mkdir, mkfifo, rename, unlink } from '../foundations/name.ts'
import { pipe } from '../foundations/wait.ts'
import { receiveWith, sendWith } from './descriptor-passing.ts'
import { EventCount } from './eventfd.ts'
import { Attributes } from './extended-attribute.ts'
import { Fanotify, FAN_CREATE } from './fanotify.ts'
import { waitForLock } from './file-lock.ts'
import { IN_ATTRIB, IN_CREATE, IN_MODIFY, IN_MOVED_TO, Inotify } from './inotify.ts'
import { takeLease } from './lease.ts'
import { mapSealed, memfd, seal } from './memfd.ts'
import { Mapping } from './memory-map.ts'
import { MessageQueue, unlinkQueue } from './message-queue.ts'
import { PseudoTerminal, RAW } from './pseudo-terminal.ts'
import { lend } from './splice.ts'
import { socketPair, UnixSocket, type SocketKind } from './unix-socket.ts'

/** One side of two. Both calls wait: in the call itself or, where they return a promise, on the loop. */
export interface Line {
  send(note: Uint8Array): void | Promise<void>
  /** Fills `into` with one note. A line that carries none leaves it alone. */
  receive(into: Uint8Array): void | Promise<void>
}

/** 0 begins, and has made the thing; 1 comes later. */
export type Side = 0 | 1

/** A primitive between two processes. */
export interface Way {
  name: string
  /** The longest note in bytes, 0 for a bell; and whether more than one may be under way. */
  carries: number
  queues: boolean
  /** Makes it in an empty folder. The second side inherits `theirs`, as descriptors 3, 4, … */
  create(folder: string): { mine: OpenFile[], theirs: OpenFile[], sweep?(): void }
  open(side: Side, folder: string, files: OpenFile[]): Line
}

const fcntlCall = bind('int fcntl(int fd, int command, int argument)')
const F_SETFL = 4

/** From now on calls on this open file wait in the call. */
function waiting<T extends OpenFile>(file: T): T {
  fcntlCall(file.fd, F_SETFL, 0)
  return file
}

function byDescriptors(out: OpenFile, back: OpenFile): Line {
  return {
    send: note => out.writeAll(note),
    receive: into => {
      for (let done = 0; done < into.length;) done += back.read(into.subarray(done))
    },
  }
}

const names = ['0', '1'] as const
const fifo: Way = {
  name: 'FIFO', carries: Infinity, queues: true,
  create: folder => {
    for (const name of names) mkfifo(`${folder}/${name}`)
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const [zero, one] = names.map(name => open(`${folder}/${name}`, O_RDWR))
    return side === 0 ? byDescriptors(one!, zero!) : byDescriptors(zero!, one!)
  },
}

const socket = (kind: SocketKind): Way => ({
  name: `${kind} socket`, carries: 65_536, queues: true,
  create: () => {
    const [mine, theirs] = socketPair(kind)
    return { mine: [waiting(mine)], theirs: [waiting(theirs)] }
  },
  open: (_side, _folder, [end]) => byDescriptors(end!, end!),
})

const eventfd: Way = {
  name: 'eventfd', carries: 0, queues: false,
  create: () => {
    const files = [waiting(new EventCount()), waiting(new EventCount())]
    return { mine: files, theirs: files }
  },
  open: (side, _folder, files) => {
    const [zero, one] = files.map(({ fd }) => new EventCount({ fd }))
    const [out, back] = side === 0 ? [one!, zero!] : [zero!, one!]
    return { send: () => { out.add() }, receive: () => { back.take() } }
  },
}

const lentPage: Way = {
  name: 'lent page', carries: Infinity, queues: true,
  create: () => {
    const [there, back] = [pipe(), pipe()]
    return { mine: [there.writer, back.reader], theirs: [back.writer, there.reader] }
  },
  open: (_side, _folder, [out, back]) => ({
    ...byDescriptors(out!, back!),
    send: note => {
      for (let done = 0; done < note.length;) {
        done += lend(out!, note.subarray(done)) ?? (waitForRoom(out!), 0)
      }
    },
  }),
}

const pollCall = bind('int poll(void *fds, size_t count, int timeoutMs)')
const POLLOUT = 4
function waitForRoom({ fd }: OpenFile): void {
  pollCall(new Uint8Array(Int32Array.of(fd, POLLOUT).buffer), 1, -1)
}

const terminal: Way = {
  name: 'pseudo-terminal', carries: Infinity, queues: true,
  create: () => {
    const master = new PseudoTerminal()
    master.set(RAW)
    return { mine: [waiting(master)], theirs: [waiting(master.openPeer())] }
  },
  open: (_side, _folder, [end]) => byDescriptors(end!, end!),
}

const queueName = (folder: string, side: number) => `/${folder.replaceAll('/', '-').slice(-100)}-${side}`
const QUEUE_NOTE = 8192

const queue: Way = {
  name: 'message queue', carries: Infinity, queues: true,
  create: folder => {
    const made = [0, 1].map(side => queueName(folder, side))
    for (const name of made) new MessageQueue(name, { create: true }).close()
    return { mine: [], theirs: [], sweep: () => made.forEach(unlinkQueue) }
  },
  open: (side, folder) => {
    const [out, back] = [1 - side, side].map(each => waiting(new MessageQueue(queueName(folder, each))))
    return {
      send: note => {
        for (let at = 0; at < note.length; at += QUEUE_NOTE) out!.send(note.subarray(at, at + QUEUE_NOTE))
      },
      receive: into => {
        for (let at = 0; at < into.length; at += QUEUE_NOTE) into.set(back!.receive()!.bytes, at)
      },
    }
  },
}

const parcels = (name: string, make: (note: Uint8Array) => OpenFile,
  take: (file: OpenFile, bytes: Uint8Array, into: Uint8Array) => void, carries: number): Way => ({
  name, carries, queues: true,
  create: socket('seqpacket').create,
  open: (_side, _folder, [end]) => {
    const socket = new UnixSocket('seqpacket', end!.fd)
    return {
      send: note => {
        const file = make(note)
        sendWith(socket, carries === 0 || note.length > 4096 ? Buffer.of(0) : note, [file])
        file.close()
      },
      receive: into => {
        const { bytes, files: [file] } = receiveWith(socket, { size: 4096 })!
        take(file!, bytes, into)
        file!.close()
      },
    }
  },
})

const passed = parcels('passed descriptor', () => open('/dev/null', O_RDWR),
  (_file, bytes, into) => into.set(bytes), 4096)

const sealed = parcels('sealed memfd', note => {
  const file = memfd('note')
  file.writeAll(note)
  seal(file, 'shrink', 'grow', 'write', 'seal')
  return file
}, (file, _bytes, into) => {
  const map = mapSealed(file, 'write')
  into.set(map.bytes)
  map.close()
}, Infinity)

const yieldCall = bind('int sched_yield(void)')
const [RING, HEADER] = [2 ** 20, 4096]

/** Bytes from one process to one other. `words[0]` counts what was put in, `words[16]` what was taken. */
function ring(bytes: Uint8Array<ArrayBuffer>, start: number) {
  const words = new Int32Array(bytes.buffer, start, HEADER / 4)
  const room = bytes.subarray(start + HEADER, start + HEADER + RING)
  const until = (mayGo: () => boolean) => {
    for (let looks = 1; !mayGo(); looks++) if (looks % 2000 === 0) yieldCall()
  }
  return {
    put: (note: Uint8Array) => {
      const end = Atomics.load(words, 0)
      until(() => ((end - Atomics.load(words, 16)) | 0) + note.length <= RING)
      room.set(note, (end >>> 0) % RING)
      Atomics.store(words, 0, end + note.length)
    },
    take: (into: Uint8Array) => {
      const begin = Atomics.load(words, 16)
      until(() => ((Atomics.load(words, 0) - begin) | 0) >= into.length)
      const at = (begin >>> 0) % RING
      into.set(room.subarray(at, at + into.length))
      Atomics.store(words, 16, begin + into.length)
    },
  }
}

const memory: Way = {
  name: 'memory map', carries: RING, queues: true,
  create: folder => {
    open(`${folder}/rings`, O_RDWR | O_CREAT).truncate(2 * (HEADER + RING))
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const { bytes } = new Mapping(open(`${folder}/rings`, O_RDWR), { writable: true })
    const [zero, one] = [ring(bytes, 0), ring(bytes, HEADER + RING)]
    return side === 0 ? { send: one.put, receive: zero.take } : { send: zero.put, receive: one.take }
  },
}

const lock: Way = {
  name: 'file lock', carries: 0, queues: false,
  create: folder => {
    const file = open(`${folder}/locks`, O_RDWR | O_CREAT)
    return { mine: [file], theirs: [] }
  },
  open: (side, folder, [mine]) => {
    const file = mine ?? open(`${folder}/locks`, O_RDWR)
    const byte = (step: number) => ({ start: step % 3, length: 1 })
    let step: number = side
    waitForLock(file, byte(step + 1))
    if (side === 0) waitForLock(file, byte(step))
    return {
      send: () => {
        file.unlock(byte(step + 1))
        step += 2
      },
      receive: () => waitForLock(file, byte(step)),
    }
  },
}

const create = (path: string) => open(path, O_RDWR | O_CREAT).close()
const lease: Way = {
  name: 'lease', carries: 0, queues: false,
  create: folder => {
    create(`${folder}/leased`)
    const bell = waiting(new EventCount())
    return { mine: [bell], theirs: [bell] }
  },
  open: (side, folder, [file]) => {
    const [path, bell] = [`${folder}/leased`, new EventCount({ fd: file!.fd })]
    if (side === 0) return { send: () => open(path).close(), receive: () => { bell.take() } }
    const leased = open(path, O_RDWR)
    let [isAsked, wake] = [false, () => {}]
    const hold = () => takeLease(leased, 'exclusive', lease => {
      lease.release()
      isAsked = true
      wake()
    })
    hold()
    return {
      receive: async () => {
        if (!isAsked) await new Promise<void>(resolve => { wake = resolve })
        isAsked = false
      },
      send: async () => {
        while (hold() === null) await new Promise(resolve => setImmediate(resolve))
        bell.add()
      },
    }
  },
}

/** Hands out what has come into a folder, or to a file, one event at a time. */
function watcher(path: string, mask: number) {
  const inotify = new Inotify()
  inotify.add(path, mask)
  let events: { name: string }[] = []
  const next = async (): Promise<string> => {
    while (events.length === 0) {
      await inotify.wait()
      events = inotify.take().map(({ name }) => ({ name: name === null ? '' : pathText(name) }))
    }
    return events.shift()!.name
  }
  return { next, clear: () => { inotify.take() }, wait: () => inotify.wait() }
}

/** The same, told by fanotify. */
function listener(path: string) {
  const fanotify = new Fanotify(path, FAN_CREATE, { scope: 'folder' })
  const names: string[] = []
  const next = async (): Promise<string> => {
    while (names.length === 0) {
      await fanotify.wait()
      names.push(...fanotify.take().map(({ at }) => pathText(at!.name)))
    }
    return names.shift()!
  }
  return { next }
}

const DIGITS = 12
const byName = (name: string, give: (path: string, folder: string) => void, mask: number,
  watch = watcher as (path: string, mask: number) => { next(): Promise<string> }): Way => ({
  name, carries: 200, queues: mask === IN_CREATE,
  create: folder => {
    for (const each of names) mkdir(`${folder}/${each}`)
    open(`${folder}/ball`, O_RDWR | O_CREAT).close()
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const [out, back] = [`${folder}/${1 - side}`, `${folder}/${side}`]
    const { next } = watch(back, mask)
    let [count, ball] = [0, `${folder}/ball`]
    return {
      send: note => {
        const path = `${out}/${String(count++).padStart(DIGITS, '0')}${Buffer.from(note)}`
        if (mask === IN_MOVED_TO) rename(ball, path)
        else give(path, folder)
      },
      receive: async into => {
        const arrived = await next()
        into.set(Buffer.from(arrived.slice(DIGITS)))
        ball = `${back}/${arrived}`
        if (mask !== IN_MOVED_TO) unlink(ball)
      },
    }
  },
})

const entry = byName('folder entry', create, IN_CREATE)
const hardLink = byName('hard link', (path, folder) => link(`${folder}/ball`, path), IN_CREATE)
const toldByFanotify = byName('fanotify', create, IN_CREATE, listener)
const renamed = byName('rename', create, IN_MOVED_TO)

const byFile = (name: string, mask: number, queues: boolean,
  line: (out: OpenFile, back: OpenFile) => {
    send(note: Uint8Array): void, look(into: Uint8Array): boolean,
  }): Way => ({
  name, carries: queues ? Infinity : 1024, queues,
  create: folder => {
    for (const each of names) create(`${folder}/${each}`)
    return { mine: [], theirs: [] }
  },
  open: (side, folder) => {
    const [out, back] = [1 - side, side].map(each => `${folder}/${each}`)
    const watch = watcher(back!, mask)
    const { send, look } = line(open(out!, O_RDWR), open(back!, O_RDWR))
    const receive = async (into: Uint8Array) => {
      while (!look(into)) {
        await watch.wait()
        watch.clear()
      }
    }
    return { send, receive }
  },
})

const regularFile = byFile('regular file', IN_MODIFY, true, (out, back) => {
  let position = 0
  return {
    send: note => out.writeAll(note),
    look: into => {
      if (back.stat().size < position + into.length) return false
      position += back.read(into, position)
      return true
    },
  }
})

const attribute = byFile('extended attribute', IN_ATTRIB, false, (out, back) => {
  const [theirs, ours] = [new Attributes(out), new Attributes(back)]
  return {
    send: note => { theirs.create('user.note', note) },
    look: into => {
      const note = ours.get('user.note')
      if (note === null) return false
      into.set(note)
      return ours.remove('user.note')
    },
  }
})

const signal: Way = {
  name: 'signal', carries: 0, queues: false,
  create: () => ({ mine: [], theirs: [] }),
  open: (side, folder) => {
    const ids = [open(`${folder}/0.pid`, O_RDWR | O_CREAT), open(`${folder}/1.pid`, O_RDWR | O_CREAT)]
    ids[side]!.writeAll(Buffer.from(String(process.pid)))
    let [came, wake, other] = [0, () => {}, 0]
    process.on('SIGUSR2', () => {
      came++
      wake()
    })
    return {
      send: () => {
        other ||= Number(ids[1 - side]!.readAll())
        process.kill(other, 'SIGUSR2')
      },
      receive: async () => {
        const alive = setTimeout(() => {}, 2 ** 30)   // a handler does not keep a process alive
        if (came === 0) await new Promise<void>(resolve => { wake = resolve })
        clearTimeout(alive)
        came--
      },
    }
  },
}


const nodeSocket: Way = {
  name: 'node:net', carries: Infinity, queues: true,
  create: () => ({ mine: [], theirs: [] }),
  open: (side, folder) => {
    let [pieces, length, wake] = [[] as Buffer[], 0, () => {}]
    const listen = (socket: net.Socket) => socket.on('data', piece => {
      pieces.push(piece)
      length += piece.length
      wake()
    })
    const connected = side === 1 ? Promise.resolve(listen(net.connect(`${folder}/socket`)))
      : new Promise<net.Socket>(resolve => net.createServer(socket => {
        resolve(listen(socket).unref())
      }).listen(`${folder}/socket`).unref())
    return {
      send: async note => {
        const socket = await connected
        if (!socket.write(note)) await once(socket, 'drain')
      },
      receive: async into => {
        while (length < into.length) await new Promise<void>(resolve => { wake = resolve })
        const all = pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces)
        into.set(all.subarray(0, into.length))
        pieces = all.length > into.length ? [all.subarray(into.length)] : []
        length -= into.length
      },
    }
  },
}

/** All of them, in the order of the tables. */
export const WAYS: readonly Way[] = [
  fifo, socket('stream'), socket('datagram'), socket('seqpacket'), queue, terminal, lentPage,
  passed, sealed, eventfd, lock, lease, signal,
  regularFile, entry, toldByFanotify, hardLink, renamed, attribute, memory, nodeSocket,
]
