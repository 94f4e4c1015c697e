// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import type { OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Primitive } from '../foundations/taxonomy.ts'
import { receiveWith, sendWith } from './descriptor-passing.ts'
import { memfd } from './memfd-new.ts'
import { Mapping } from './memory-map.ts'
import { bound, UnixSocket } from './unix-socket.ts'

export { memfd }

const fcntlCall = bind('int fcntl(int fd, int command, int argument)')
const [F_ADD_SEALS, F_GET_SEALS] = [1033, 1034]

const SEALS = { seal: 1, shrink: 2, grow: 4, write: 8, futureWrite: 16 } as const
export type Seal = keyof typeof SEALS
const names = Object.keys(SEALS) as Seal[]

/** Takes these rights away from everybody who has the file. EPERM: `seal` was; EBUSY: see P4. */
export function seal(file: OpenFile, ...seals: readonly Seal[]): void {
  fcntlCall(file.fd, F_ADD_SEALS, seals.reduce((bits, name) => bits | SEALS[name], 0))
}

/** The seals that a file has. EINVAL: it is of a kind that has none, like a file on a disk. */
export function sealsOf(file: OpenFile): Seal[] {
  const bits = fcntlCall(file.fd, F_GET_SEALS, 0)
  return names.filter(name => bits & SEALS[name])
}

/** Maps a file that nobody can cut, all of it. EPERM: it is not sealed against that. */
export function mapSealed(file: OpenFile, ...required: readonly Seal[]): Mapping {
  const seals = sealsOf(file)
  const missing = (['shrink', ...required] as Seal[]).filter(name => !seals.includes(name))
  if (missing.length > 0) {
    throw new SystemError('EPERM', 'mmap', { hint: `not sealed against: ${missing.join(', ')}` })
  }
  return new Mapping(file)
}

export const ENDS: readonly Primitive[] = [{
  name: 'sealed memfd',
  module: import.meta.url,
  create: folder => ({ sender: `${folder}/door`, receiver: `${folder}/door` }),
  send: (to, text) => {
    const [socket, file] = [new UnixSocket('datagram'), memfd('note')]
    try {
      file.writeAll(Buffer.from(text))
      seal(file, 'shrink', 'grow', 'write', 'seal')
      socket.connect(String(to))
      sendWith(socket, Buffer.from('note'), [file])
    } finally {
      file.close()
      socket.close()
    }
  },
  receive: from => {
    const socket = bound('datagram', String(from))
    return { next: () => nextNote(socket), close: () => socket.close() }
  },
}]

function nextNote(socket: UnixSocket): string | null {
  const file = receiveWith(socket)?.files[0]
  if (file === undefined) return null
  const map = mapSealed(file, 'write')
  const text = Buffer.from(map.bytes).toString()
  map.close()
  file.close()
  return text
}
