// The other side of test-child.ts: starts a process for one test file, hears what it says, and ends it when it hangs.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Duplex } from 'node:stream'
import type { Message, Order } from './test-child.ts'
import type { Told } from './test-error.ts'
import type { Named } from './test-suite.ts'

export interface TestResult extends Named {
  ms: number
  ok: boolean
  error?: Told
}

export interface FileResult {
  ms: number
  tests: TestResult[]
  skipped: (Named & { reason: string })[]
  /** Tests left out by their names. */
  unwanted: number
  /** What is wrong with the file as a whole: it does not load, it died, it never ended. */
  wrong: Told[]
  /** What it printed, the last part when it is much. */
  printed: string
}

export interface Limits {
  testMs: number
  fileMs: number
}

const printedMax = 256 * 1024
/** How much longer than its own limit a test may block the whole process. */
const graceMs = 2_000

/** A process that has everything loaded and waits for its order. */
export class TestProcess {
  private readonly child: ChildProcess
  private readonly result: FileResult = { ms: 0, tests: [], skipped: [], unwanted: 0, wrong: [], printed: '' }
  private planned: Named[] = []
  private running: Named | undefined
  private isDone = false
  private why: string | undefined
  private timer: NodeJS.Timeout | undefined
  private limits: Limits = { testMs: Infinity, fileMs: Infinity }
  private readonly channel: Duplex
  private readonly gone: Promise<string>

  constructor([command, ...args]: string[], cwd: string, env: NodeJS.ProcessEnv) {
    // A group of its own: what the tests started is ended with them, and a Ctrl-C reaches only us.
    const stdio = ['ignore', 'pipe', 'pipe', 'pipe'] as const
    this.child = spawn(command!, args, { cwd, env, detached: true, stdio: [...stdio] })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => this.print(text))
    }
    this.channel = this.child.stdio[3] as Duplex
    this.listen()
    this.gone = this.waitForEnd()
  }

  /** Runs the file. It never rejects: whatever happens is in the result. */
  async run(order: Order, limits: Limits): Promise<FileResult> {
    const start = performance.now()
    const overall = setTimeout(() => this.stop(`not done after ${limits.fileMs / 1000} s`), limits.fileMs)
    this.limits = limits
    this.channel.write(`${JSON.stringify(order)}\n`)
    const how = await this.gone
    clearTimeout(overall)
    clearTimeout(this.timer)
    this.result.ms = performance.now() - start
    if (!this.isDone) this.conclude(this.why ?? how)
    return this.result
  }

  /** Ends the process and everything that it started. */
  kill(): void {
    try {
      process.kill(-this.child.pid!, 'SIGKILL')
    } catch {
      // gone already, or it never started
    }
  }

  private listen(): void {
    const { channel } = this
    let rest = ''
    channel.setEncoding('utf8')
    channel.on('error', () => {}) // a process that dies early is told by its exit
    channel.on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop()!
      for (const line of lines) this.hear(line)
    })
  }

  private hear(line: string): void {
    const { result } = this
    let message: Message
    try {
      message = JSON.parse(line) as Message
    } catch {
      this.print(`${line}\n`) // a test wrote to our descriptor
      return
    }
    if (message.is === 'plan') {
      this.planned = message.tests
      result.unwanted = message.unwanted
    } else if (message.is === 'begin') {
      this.running = message.test
      const limit = this.limits.testMs + Math.min(graceMs, this.limits.testMs)
      this.timer = setTimeout(() => this.stop(`not done after ${this.limits.testMs / 1000} s, and it blocks the process`), limit)
    } else if (message.is === 'end') {
      clearTimeout(this.timer)
      this.running = undefined
      const { test, ms, error } = message
      result.tests.push({ ...test, ms, ok: error === undefined, ...(error && { error }) })
    } else if (message.is === 'skip') {
      result.skipped.push({ ...message.test, reason: message.reason })
    } else if (message.is === 'wrong') {
      result.wrong.push(message.error)
    } else {
      this.isDone = true
    }
  }

  private print(text: string): void {
    this.result.printed = (this.result.printed + text).slice(-printedMax)
  }

  private stop(why: string): void {
    this.why = why
    this.kill()
  }

  /** Resolves to how it ended. Its streams may be held open by a child that escaped: they are waited for a moment only. */
  private waitForEnd(): Promise<string> {
    const { child } = this
    return new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message))
      child.once('exit', (code, signal) => {
        const how = signal ? `killed by ${signal}` : exited(code)
        this.kill()
        const late = setTimeout(() => resolve(how), 500)
        child.once('close', () => {
          clearTimeout(late)
          resolve(how)
        })
      })
    })
  }

  /** A process that ended before it said so has failed its test and all that would have come after. */
  private conclude(how: string): void {
    const { result, running, planned } = this
    const fail = (test: Named, message: string) =>
      result.tests.push({ ...test, ms: 0, ok: false, error: { message, lines: [] } })
    if (running) fail(running, how)
    else result.wrong.push({ message: `the process ended before the tests did: ${how}`, lines: [] })
    const known = new Set(result.tests.map(keyOf))
    for (const test of planned) if (!known.has(keyOf(test))) fail(test, `never ran: the process was gone (${how})`)
  }
}

const keyOf = ({ suite, name }: Named) => `${suite}\0${name}`

function exited(code: number | null): string {
  const why = code === 13 ? ': it waits for something that cannot happen' : ''
  return `the process exited with status ${code}${why}`
}
