// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import { open, O_CREAT, O_NONBLOCK, O_RDONLY } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { Inotify, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_MODIFY } from '../primitives/inotify.ts'
import {
  acquireLease, leaseStateOf, readLease, tryAcquireLease, type Lease, type LeaseOptions, type LeaseState,
} from './fencing-lease.ts'

/** Who leads, as the file says it. */
export interface Leader { token: number, name: string, pid: number }

const leaderOf = (state: LeaseState | null): Leader | null =>
  state?.isHeld ? { token: state.token, name: state.name, pid: state.pid } : null

/** A term as leader: from the grant to `resign`, death, or the end of its time. */
export class Term {
  readonly #lease: Lease

  constructor(lease: Lease) { this.#lease = lease }

  /** Greater than that of every earlier term. Hand it to a Fence with all that the leader does. */
  get token(): number { return this.#lease.token }

  /** Aborted when the term is found to be over though nobody resigned. */
  get signal(): AbortSignal { return this.#lease.signal }

  /** As the lease's: with a time, it was true a moment ago. */
  get isLeading(): boolean { return this.#lease.isHeld }

  /** As the lease's: for a child that shall hold the lock when this process dies. */
  get descriptor(): number { return this.#lease.descriptor }

  /** Begins the time anew, as it happens by itself three times in `ttlMs`. */
  renew(): boolean { return this.#lease.renew() }

  /** Lets another lead. A second time does nothing. */
  resign(): void { this.#lease.release() }
}

/** The election that is held at a path. `name` is what the others are told. */
export class Election {
  readonly path: Path
  readonly #options: LeaseOptions

  constructor(path: Path, options: LeaseOptions = {}) {
    this.path = path
    this.#options = options
  }

  /** Resolves when this one leads. ETIMEDOUT, the signal's reason, or what the lease says. */
  async campaign({ timeoutMs, signal }: Pick<LeaseOptions, 'timeoutMs' | 'signal'> = {}): Promise<Term> {
    return new Term(await acquireLease(this.path, { ...this.#options, timeoutMs, signal }))
  }

  /** Leads if nobody does. */
  tryCampaign(): Term | null {
    const lease = tryAcquireLease(this.path, this.#options)
    return lease === null ? null : new Term(lease)
  }

  /** Who leads now, or null. */
  leader(): Leader | null {
    return leaderOf(readLease(this.path, this.#options))
  }

  // follow the leader
  /** Yields who leads (null: nobody), now and whenever it has changed. Ends when `signal` is aborted. */
  async * follow({ signal }: { signal?: AbortSignal | undefined } = {}): AsyncGenerator<Leader | null, void, undefined> {
    const { nowMs } = this.#options
    const file = open(this.path, O_RDONLY | O_CREAT | O_NONBLOCK)
    let inotify: Inotify | undefined
    try {
      inotify = new Inotify()
      inotify.add(this.path, IN_MODIFY | IN_CLOSE_WRITE | IN_CLOSE_NOWRITE)
      let told: number | null | undefined
      for (let looks = 0; !signal?.aborted; looks++) {
        inotify.take()
        const state = leaseStateOf(file, nowMs?.())
        const leader = leaderOf(state)
        if ((leader?.token ?? null) !== told) {
          told = leader?.token ?? null
          yield leader
        } else if (await isChanged(inotify, state, looks, signal)) looks = -1
      }
    } finally {
      inotify?.close()
      file.close()
    }
  }
}

/** True when the file was touched; false when it is time to look for another reason. */
async function isChanged(inotify: Inotify, { leftMs }: LeaseState, looks: number, signal: AbortSignal | undefined) {
  const endMs = leftMs > 0 ? leftMs + 1 : Infinity
  try {
    await inotify.wait({ timeoutMs: Math.min(endMs, looks < 8 ? 2 ** looks / 2 : Infinity), signal })
    return true
  } catch (error) {
    if (signal?.aborted || (error instanceof SystemError && error.code === 'ETIMEDOUT')) return false
    throw error
  }
}
