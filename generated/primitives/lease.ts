// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
import { open, OpenFile, O_CLOEXEC, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import type { Address, Primitive } from '../foundations/taxonomy.ts'
import { onReadable, type Listening } from '../foundations/wait.ts'

const fcntlCall = bind('int fcntl(int fd, int command, int argument)')
const fcntlOwnerCall = bind('int fcntl(int fd, int command, const void *owner)')
const maskCall = bind('int sigprocmask(int how, const void *set, void *old)')
const signalfdCall = bind('int signalfd(int fd, const void *set, int flags)')
const threadIdCall = bind('int gettid(void)')

const [F_SETSIG, F_SETOWN_EX, F_SETLEASE, F_GETLEASE] = [10, 15, 1024, 1025]
const [F_RDLCK, F_WRLCK, F_UNLCK, F_OWNER_TID, SIG_BLOCK] = [0, 1, 2, 0, 0]
const SIGIO = 29
/** Real-time signals queue up, each with its own entry. Programs count from the first, 34. */
const LEASE_SIGNAL = 62

const held = new Set<Lease>()
let inbox: { file: OpenFile, listening: Listening } | null = null

function signalsOfLeases(): Uint8Array {
  const set = new BigUint64Array(16)   // sigset_t: bit n − 1 is signal n
  set[0] = 1n << BigInt(LEASE_SIGNAL - 1) | 1n << BigInt(SIGIO - 1)
  return new Uint8Array(set.buffer)
}

/** Blocks the signals in this thread, for good, and listens while there is a lease. */
function keep(lease: Lease): void {
  held.add(lease)
  if (inbox !== null) return
  maskCall(SIG_BLOCK, signalsOfLeases(), null)
  const file = new OpenFile(signalfdCall(-1, signalsOfLeases(), O_CLOEXEC | O_NONBLOCK))
  inbox = { file, listening: onReadable(file, hear) }
}

function hear(): void {
  inbox!.file.read(Buffer.allocUnsafe(128 * 64))   // struct signalfd_siginfo has 128 bytes
  for (const lease of [...held]) lease.look()
}

function forget(lease: Lease): void {
  held.delete(lease)
  if (held.size > 0 || inbox === null) return
  inbox.listening.close()
  inbox.file.close()
  inbox = null
}

export type LeaseKind = 'shared' | 'exclusive'
const TYPES = { shared: F_RDLCK, exclusive: F_WRLCK }
const kindOf = (type: number) => type === F_WRLCK ? 'exclusive' : type === F_RDLCK ? 'shared' : null

/** Is told once. Until the lease is released somebody stands in open(2), to read or to write. */
export type OnBreak = (lease: Lease, comes: 'reader' | 'writer') => void

/**
 * Takes a lease on an open file, or null where others have it open: F_SETLEASE of fcntl(2). For a
 * shared one the file is opened to read only. Keeps the process alive. EACCES: another user's file;
 * EINVAL: no regular file, or a filesystem without leases.
 */
export function takeLease(file: OpenFile, kind: LeaseKind, onBreak: OnBreak): Lease | null {
  const lease = new Lease(file, kind, onBreak)
  keep(lease)
  let isTaken = false
  try {
    // say where the signal goes, then take the lease
    const owner = new Int32Array([F_OWNER_TID, threadIdCall()])   // struct f_owner_ex
    fcntlCall(file.fd, F_SETSIG, LEASE_SIGNAL)
    fcntlOwnerCall(file.fd, F_SETOWN_EX, new Uint8Array(owner.buffer))
    isTaken = unlessOpenElsewhere(() => fcntlCall(file.fd, F_SETLEASE, TYPES[kind]))
  } finally {
    if (!isTaken) forget(lease)
  }
  return isTaken ? lease : null
}

function unlessOpenElsewhere(call: () => void): boolean {
  try {
    call()
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'EAGAIN') return false
    throw error
  }
}

/** A lease that was granted. Made by `takeLease`. */
export class Lease {
  readonly file: OpenFile
  readonly #kind: LeaseKind
  readonly #onBreak: OnBreak
  #isTold = false

  constructor(file: OpenFile, kind: LeaseKind, onBreak: OnBreak) {
    this.file = file
    this.#kind = kind
    this.#onBreak = onBreak
  }

  /** What it is, or, when it was asked for, what the one at the door would leave of it. */
  get state(): LeaseKind | null { return kindOf(fcntlCall(this.file.fd, F_GETLEASE, 0)) }

  /** Whether somebody waits for an answer, or its time ran out without one. */
  get isBreaking(): boolean { return this.state !== this.#kind }

  /** Tells the holder, if there is something to tell. */
  look(): void {
    if (this.#isTold || this.file.fd === -1 || !this.isBreaking) return
    this.#isTold = true
    this.#onBreak(this, this.state === 'shared' ? 'reader' : 'writer')
  }

  // let the next one in
  /** Gives it back; the file stays open. False: it was gone. A second time does nothing. */
  release(): boolean {
    forget(this)
    return this.file.fd !== -1 && unlessOpenElsewhere(() => fcntlCall(this.file.fd, F_SETLEASE, F_UNLCK))
  }
}

const endsOf = (name: string, kind: LeaseKind, flags: number): Primitive => ({
  name,
  module: import.meta.url,
  create: folder => {
    open(`${folder}/file`, O_WRONLY | O_NONBLOCK | 0o100, 0o600).close()   // O_CREAT
    return { sender: `${folder}/file`, receiver: `${folder}/file` }
  },
  send: to => { unlessOpenElsewhere(() => open(String(to), O_WRONLY | O_NONBLOCK).close()) },
  receive: (from: Address) => {
    const file = open(String(from), flags | O_NONBLOCK)
    const lease = takeLease(file, kind, () => {})
    let isHeard = false
    const next = () => {
      if (lease === null || isHeard || !lease.isBreaking) return null
      isHeard = true
      return 'asked'
    }
    return { next, close: () => { lease?.release(); file.close() } }
  },
})

export const ENDS: readonly Primitive[] =
  [endsOf('shared lease', 'shared', O_RDONLY), endsOf('exclusive lease', 'exclusive', O_RDWR)]
