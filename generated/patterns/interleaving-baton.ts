// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
/** Where a process stands: before a step that others could notice, or at its end. */
export interface Report {
  /** `look` changes nothing; `wait` is a nap, or a lock that another has; `close` is done by the kernel for one who has ended. */
  at: 'look' | 'call' | 'wait' | 'note' | 'return' | 'close' | 'end'
  text: string
  /** What was done since the last report, with the answers. */
  done: string[]
  /** Whether something was changed by that, and not only looked at or refused. */
  isChange: boolean
  /** The inode numbers that it knows, in the order of getting to know them. */
  seen: string[]
  /** What it has open: the descriptor, and of a folder what it will list. */
  open: [number, Listed][]
  /** Whether one of these may be locked, so that its death would be noticed. */
  mayHold: boolean
  /** Set if it has nothing left to do but to return, or to be closed. */
  result?: End
}

/** Names and inode numbers that stood in a folder when it was opened, where these are what it lists. */
export type Listed = [string, string][]

/** How a process ended, and what it returned or threw. */
export interface End { how: 'returned' | 'threw' | 'killed', value?: unknown }

/** Who is to be played next, and where. */
export interface Role { scene: string, name: string, folder: string, isEveryCall: boolean, isListedAtOpen: boolean }
/** The role of the one who fills the folder before the others come. */
export const PREPARE = ''

/** START a role, whatever was being played; GO so many steps on; DIE before the next one. */
export const [START, GO, DIE] = [1, 2, 3]
/** Sleep ends when another has done something, or when nobody else can. */
export const NAP = 'a nap'
const wait = Atomics.wait   // the actors' own will be another

/** Somebody does not give the baton back. */
export class Silence extends Error {
  constructor(ms: number) { super(`no call and no end for ${ms} ms: it computes for ever, or is blocked outside of the kernel's door`) }
}

/** Passed between the explorer (0) and one process (1): who has it runs. */
export class Baton {
  readonly #words: Int32Array   // whose turn, the command, how many steps, the length of the text
  patienceMs = Infinity
  readonly #text: Buffer

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory, 0, 4)
    this.#text = Buffer.from(memory, 16)
  }

  /** Lets the process run until its next report. */
  ask(command: number, steps = 0, role?: Role): Report {
    this.#words[1] = command
    this.#words[2] = steps
    if (role !== undefined) this.#write(role)
    this.#pass(1)
    this.#receive(0)
    return this.#read() as Report
  }

  /** Hands in the report and receives the next command. */
  report(report: Report): { command: number, steps: number } {
    this.#write(report)
    this.#pass(0)
    return this.receive()
  }

  receive(): { command: number, steps: number } {
    this.#receive(1)
    return { command: this.#words[1]!, steps: this.#words[2]! }
  }

  role(): Role { return this.#read() as Role }
  // pass it on, and wait until it comes back
  #write(what: Report | Role): void {
    const text = JSON.stringify(what)
    if (text.length * 3 > this.#text.length) throw new RangeError('a report of more than 300,000 characters')
    this.#words[3] = this.#text.write(text)
  }

  #read(): unknown { return JSON.parse(this.#text.toString('utf8', 0, this.#words[3])) }

  #pass(to: number): void {
    Atomics.store(this.#words, 0, to)
    Atomics.notify(this.#words, 0)
  }

  #receive(who: number): void {
    for (let now; (now = Atomics.load(this.#words, 0)) !== who;) {
      if (wait(this.#words, 0, now, this.patienceMs) === 'timed-out') throw new Silence(this.patienceMs)
    }
  }
}
