// uvu as a test file sees it while the loom runs the tests. uvu's own queue still runs them; around each test this
// module notes its name and time, ends it when its time is over, and makes an Error of whatever else was thrown.
import type * as Uvu from 'uvu'

export interface Named {
  /** '' for a test that belongs to no named suite. */
  suite: string
  name: string
}

/** Who wants to know. Set it in `state` before a test file is loaded. */
export interface Listener {
  begin(test: Named): void
  end(test: Named, ms: number, error?: Error): void
  /** The longest that a test may last, its hooks included. */
  timeoutMs: number
  /** Tests with other names are left out. */
  wanted?: RegExp | undefined
}

/** What one `test.run()` puts into the queue. */
export interface Group {
  title: string
  tests: Named[]
  only: Named[]
  skipped: Named[]
  ended: Set<Named>
  /** What a `before` or `after` hook threw. */
  broken?: Error
}

export const state = {
  listener: undefined as Listener | undefined,
  /** In the order of uvu's queue. */
  groups: [] as Group[],
  /** Tests that were declared and not handed over by `test.run()` yet. */
  waiting: new Set<Named>(),
  /** How many tests were left out because of their name. */
  unwanted: 0,
  /** Ends the running test as a failure. */
  abort: undefined as ((why: string) => void) | undefined,
}

type Handler = (context: never) => unknown
type Run = () => Promise<[errors: string | true, passed: number, skipped: number, total: number]>

const globals = globalThis as { UVU_DEFER?: number; UVU_QUEUE?: Run[][] }
globals.UVU_DEFER = 1 // keeps uvu from running by itself
const uvu = await import('uvu')
/** uvu's queue. */
export const queue: Run[] = []
globals.UVU_QUEUE!.splice(0, Infinity, queue)

// as they were before a test replaced them
const { setTimeout, clearTimeout } = globalThis
const now = performance.now.bind(performance)

export function suite<T = Uvu.Context>(title = '', context?: T): Uvu.Test<T> {
  const inner = uvu.suite(title, context as Uvu.Context)
  let group: Group
  let each: { before: Handler[]; after: Handler[] }
  const reset = () => {
    group = { title, tests: [], only: [], skipped: [], ended: new Set() }
    each = { before: [], after: [] }
  }
  const declare = (list: 'tests' | 'only', add: Uvu.Test) => (name: string, handler: Handler) => {
    const test = { suite: title, name }
    if (!isWanted(test)) return
    const [{ ended }, hooks, site] = [group, each, new Error()]
    group[list].push(test)
    state.waiting.add(test)
    add(name, async (context) => {
      try {
        await runTest(test, site, () => withHooks(hooks, handler, context as never))
      } finally {
        ended.add(test)
      }
    })
  }
  const hook = (kind: 'before' | 'after') => {
    const once = (handler: Handler) => {
      const own = group
      inner[kind](async (context) => {
        try {
          await handler(context as never)
        } catch (error) {
          throw (own.broken = asError(error, `the hook '${kind}' threw`))
        }
      })
    }
    return Object.assign(once, { each: (handler: Handler) => void each[kind].push(handler) })
  }
  const skip = (name = '') => {
    const test = { suite: title, name }
    if (!isWanted(test)) return
    group.skipped.push(test)
    inner.skip()
  }
  const run = () => {
    for (const test of [...group.tests, ...group.only]) state.waiting.delete(test)
    state.groups.push(group)
    inner.run()
    reset()
  }
  reset()
  const only = declare('only', inner.only as Uvu.Test)
  const parts = { only, skip, run, before: hook('before'), after: hook('after') }
  return Object.assign(declare('tests', inner as unknown as Uvu.Test), parts) as unknown as Uvu.Test<T>
}

export const test = suite()
export const { exec } = uvu

function isWanted({ suite, name }: Named): boolean {
  const wanted = state.listener?.wanted?.test(`${suite} ${name}`.trim()) ?? true
  if (!wanted) state.unwanted++
  return wanted
}

/** The hooks around each test are part of it: what they throw is the test's failure. */
async function withHooks(hooks: { before: Handler[]; after: Handler[] }, handler: Handler, context: never): Promise<void> {
  try {
    for (const before of hooks.before) await before(context)
    await handler(context)
  } finally {
    for (const after of hooks.after) await after(context)
  }
}

/** `site` is an error made where the test is declared: what ends from outside has no stack of its own. */
async function runTest(test: Named, site: Error, body: () => Promise<void>): Promise<void> {
  const { listener } = state
  const { timeoutMs = 60_000 } = listener ?? {}
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<never>((_, reject) => {
    state.abort = (why) => reject(bare(why, site))
    timer = setTimeout(() => state.abort?.(`not done after ${timeoutMs / 1000} s`), timeoutMs)
    timer.unref() // a test that waits for nothing at all is told at once, when the event loop is empty
  })
  listener?.begin(test)
  const start = now()
  try {
    await Promise.race([body(), over])
    listener?.end(test, now() - start)
  } catch (thrown) {
    const error = asError(thrown, 'the test threw')
    listener?.end(test, now() - start, error)
    throw error
  } finally {
    clearTimeout(timer)
    state.abort = undefined
  }
}

/** uvu reads the stack of what it catches; `throw undefined` would end its run in silence. */
function asError(thrown: unknown, what: string): Error {
  if (thrown instanceof Error) return thrown
  return bare(`${what} something that is no Error: ${String(thrown)}`)
}

/** An error with the stack of another one, or none. */
export function bare(message: string, site?: Error): Error {
  const error = new Error(message)
  error.stack = `Error: ${message}${site?.stack?.replace(/^Error/, '') ?? ''}`
  return error
}
