// One test file in a process of its own. Descriptor 3 is a socket to the one who runs the tests: it brings the order,
// and takes a line of JSON for everything that happens. Writing is synchronous, so that a crash loses nothing.
// Under Wine there is no such descriptor: the order is in the environment, and the lines go into a file (wine-child.ts).
import { openSync, readSync, writeSync } from 'node:fs'
import * as module from 'node:module'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { tellError, type Told } from './test-error.ts'
import { bare, type Group, type Named, queue, state, suite, test } from './test-suite.ts'

export interface Order {
  /** Absolute path. */
  file: string
  timeoutMs: number
  /** Source of a regular expression. */
  grep?: string | undefined
}

export type Message =
  | { is: 'plan'; tests: Named[]; unwanted: number }
  | { is: 'begin'; test: Named }
  | { is: 'end'; test: Named; ms: number; error?: Told }
  | { is: 'skip'; test: Named; reason: string }
  /** What is wrong with the file as a whole. */
  | { is: 'wrong'; error: Told }
  | { is: 'done' }

const root = process.cwd()
const tools = dirname(fileURLToPath(import.meta.url))
const { LOOM_CHANNEL: file, LOOM_ORDER: given } = process.env
const channel = file === undefined ? 3 : openSync(file, 'a')

function say(message: Message): void {
  try {
    writeSync(channel, `${JSON.stringify(message)}\n`)
  } catch {
    process.exit(1) // nobody listens any longer
  }
}

const tell = (error: Error): Told => tellError(error, root, isOwn)

function isOwn(path: string): boolean {
  return /[/\\]test-(child|suite)\.ts:/.test(path) && path.startsWith(tools)
}

function readOrder(): Order | undefined {
  if (given !== undefined) return JSON.parse(given) as Order
  const chunks: Buffer[] = []
  const buffer = Buffer.alloc(65_536)
  for (;;) {
    const length = readSync(channel, buffer)
    if (length === 0) return undefined
    chunks.push(Buffer.from(buffer.subarray(0, length)))
    if (buffer[length - 1] === 10) return JSON.parse(Buffer.concat(chunks).toString()) as Order
  }
}

/** uvu draws a dot for each test; here they would stand between the lines of the report. */
function dropMarks(): void {
  const write = process.stdout.write.bind(process.stdout)
  const mark = /^(• |✘ | {2}\(\d+ \/ \d+\)\n)$/
  process.stdout.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    if (typeof chunk === 'string') {
      const text = stripVTControlCharacters(chunk)
      const title = state.groups.some((group) => group.title !== '' && text === ` ${group.title}  `)
      if (title || mark.test(text)) return true
    }
    return write(chunk as string, ...rest)
  }) as typeof process.stdout.write
}

function wrong(error: unknown, message?: string): void {
  const told = tell(error instanceof Error ? error : bare(`something that is no Error: ${String(error)}`))
  say({ is: 'wrong', error: message === undefined ? told : { ...told, message: `${message}: ${told.message}` } })
}

async function runFile(file: string): Promise<void> {
  try {
    await import(pathToFileURL(file).href)
  } catch (error) {
    return wrong(error, 'does not load')
  }
  const tests = state.groups.flatMap((group) => (group.only.length > 0 ? group.only : group.tests))
  const { unwanted } = state
  say({ is: 'plan', tests, unwanted })
  if (state.waiting.size > 0) {
    const [first] = state.waiting
    wrong(bare(`test.run() is missing: '${first!.name}' and ${state.waiting.size - 1} others never run`))
  } else if (tests.length + unwanted + state.groups.flatMap(({ skipped }) => skipped).length === 0) {
    wrong(bare('runs no test'))
  }
  for (const [i, group] of state.groups.entries()) await runGroup(group, queue[i]!)
}

async function runGroup(group: Group, run: () => Promise<unknown>): Promise<void> {
  for (const test of group.skipped) say({ is: 'skip', test, reason: 'test.skip' })
  if (group.only.length > 0) {
    for (const test of group.tests) say({ is: 'skip', test, reason: `'${group.only[0]!.name}' has test.only` })
  }
  try {
    await run()
  } catch (error) {
    group.broken ??= error as Error // an `after` hook that throws
  }
  if (!group.broken) return
  const told = tell(group.broken)
  const left = (group.only.length > 0 ? group.only : group.tests).filter((test) => !group.ended.has(test))
  for (const test of left) say({ is: 'end', test, ms: 0, error: { ...told, message: `never ran: ${told.message}` } })
  if (left.length === 0) wrong(group.broken, 'after the tests')
}

function redirectUvu(): void {
  const hooks = new URL('./hooks/uvu.mjs', import.meta.url)
  const { registerHooks } = module as { registerHooks?: (hooks: object) => void }
  if (!registerHooks) {
    module.register(hooks)
    return
  }
  const suite = new URL('./test-suite.ts', import.meta.url).href
  const resolve = (name: string, context: { parentURL?: string }, next: (name: string, context: object) => unknown) =>
    next(name === 'uvu' && context.parentURL !== suite ? suite : name, context)
  registerHooks({ resolve })
}

/** A test file that is no ES module gets uvu by require. */
function replaceRequired(file: string): void {
  try {
    Object.assign(module.createRequire(file)('uvu'), { suite, test })
  } catch {
    // the file does not use uvu; that it runs no test is told later
  }
}

redirectUvu()
const order = readOrder()
if (!order) process.exit(1)
replaceRequired(order.file)
dropMarks()
state.listener = {
  timeoutMs: order.timeoutMs,
  wanted: order.grep === undefined ? undefined : new RegExp(order.grep),
  begin: (test) => say({ is: 'begin', test }),
  end: (test, ms, error) => say({ is: 'end', test, ms, ...(error && { error: tell(error) }) }),
}
process.on('beforeExit', () => {
  state.abort?.('waits for something that cannot happen: the event loop is empty')
})
await runFile(order.file)
say({ is: 'done' })
process.exit(0)
