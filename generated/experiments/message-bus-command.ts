// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { open } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import { openBus, type Message, type MessageBus } from './message-bus.ts'

const DONE = 0, FAILED = 1, NOTHING = 3

export const help = `usage: fcs bus VERB BUS [ARGUMENT…]

  publish BUS [TEXT | -]   publish TEXT, or the standard input; makes the bus if need be
      --durability HOW     os (the default), disk, or disk-and-folder
  take BUS                 print the next message, then complete it
      --wait[=SECONDS]     wait for one, for ever or so long
      --exec COMMAND…      run the command with the message as its input; completed if it ends with 0,
                           given back if not. FCS_MESSAGE is the message's name
      --remove             keep no completed message
  watch BUS                tell what happens, as it happens, without taking
  ls BUS                   list the messages without taking
  each with --json         one JSON object a line

Exit status: 0 done, 1 failed, 2 wrong usage, 3 nothing there or not in time.
`

export const verbs = { publish, take, watch, ls }

async function publish(args: string[]): Promise<number> {
  const { values, positionals: [folder, text = '-', ...more] } = parseArgs({
    args, allowPositionals: true, options: { durability: { type: 'string' }, json: { type: 'boolean' } },
  })
  const durability = (values.durability ?? 'os').replaceAll('-', ' ') as 'os'
  if (!['os', 'disk', 'disk and folder'].includes(durability)) {
    throw usage(`--durability is os, disk or disk-and-folder, not '${values.durability}'`)
  }
  const bus = openBus(needed(folder, more), { create: true, durability })
  const name = bus.publish(text === '-' ? readFileSync(0) : text)
  await print(values.json ? line({ name }) : `${name}\n`)
  return DONE
}

function needed(folder: string | undefined, more: string[]): string {
  if (folder === undefined) throw usage('the BUS is missing: the folder that it lives in')
  if (more.length > 0) throw usage(`'${more[0]}' is too much; a text with blanks needs quotes`)
  return folder
}

const usage = (message: string) =>
  Object.assign(new Error(message), { code: 'ERR_USAGE', hint: 'fcs bus --help tells more' })

async function take(args: string[]): Promise<number> {
  const at = args.indexOf('--exec')
  const [own, command] = at === -1 ? [args, []] : [args.slice(0, at), args.slice(at + 1)]
  if (at !== -1 && command.length === 0) throw usage('--exec needs a command')
  const { values, positionals: [folder, ...more] } = parseArgs({
    args: own.map(arg => arg === '--wait' ? '--wait=Infinity' : arg), allowPositionals: true,
    options: { wait: { type: 'string' }, json: { type: 'boolean' }, remove: { type: 'boolean' } },
  })
  const seconds = values.wait === undefined ? 0 : Number(values.wait || NaN)
  if (!(seconds >= 0)) throw usage(`--wait takes a number of seconds, not '${values.wait}'`)
  const bus = openBus(needed(folder, more), { keep: values.remove !== true })
  try {
    const message = await next(bus, seconds)
    if (message === undefined) return NOTHING
    // hand the message over, and then complete it
    if (command.length === 0) await print(values.json ? line(contentOf(message)) : message.read())
    else if (!await execute(command, message, bus)) return FAILED
    message.complete()
    return DONE
  } finally {
    bus.close()
  }
}

async function next(bus: MessageBus, seconds: number): Promise<Message | undefined> {
  if (seconds === 0) return bus.tryTake()
  try {
    return await bus.take({ timeoutMs: seconds * 1000 })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return undefined
    throw error
  }
}

/** Runs the command and says whether it ended well. It inherits lock and bells, so it keeps the
 * claim without us. */
async function execute([program, ...args]: string[], message: Message, bus: MessageBus): Promise<boolean> {
  const { spawn } = await import('node:child_process')
  const input = open(message.path)
  const ended = new Promise<string>((resolve, reject) => {
    const env = { ...process.env, FCS_MESSAGE: pathText(message.name) }
    const stdio = [input.fd, 'inherit' as const, 'inherit' as const, ...bus.descriptors]
    const child = spawn(program!, args, { stdio, env })
    child.on('error', reject).on('close', (status, signal) => resolve(signal ?? String(status)))
  }).finally(() => input.close())
  const status = await ended
  if (status !== '0') process.stderr.write(`fcs: ${program} ended with ${status}; the message went back\n`)
  return status === '0'
}

async function watch(args: string[]): Promise<number> {
  const { bus, isJson } = looker(args)
  for await (const { event, name, worker } of bus.watch()) {
    const who = worker === undefined ? '' : `  ${worker}`
    const text = `${event.padEnd(10)}${pathText(name)}${who}\n`
    const told = isJson ? line({ event, ...nameOf(name), worker }) : text
    if (!await printUnlessLeft(told)) break
  }
  return DONE
}

async function ls(args: string[]): Promise<number> {
  const { bus, isJson } = looker(args)
  for (const { name, ...told } of bus.list()) {
    const { state, bytes, worker, isAlive, reason } = told
    const life = isAlive === undefined ? '' : isAlive ? ' (alive)' : ' (dead)'
    const tail = worker === undefined ? reason ?? '' : `${worker}${life}`
    const row = `${state.padEnd(10)}${String(bytes).padStart(8)}  ${pathText(name)}  ${tail}`
    if (!await printUnlessLeft(isJson ? line({ ...nameOf(name), ...told }) : `${row.trimEnd()}\n`)) break
  }
  return DONE
}

function looker(args: string[]): { bus: MessageBus, isJson: boolean } {
  const { values, positionals: [folder, ...more] } =
    parseArgs({ args, allowPositionals: true, options: { json: { type: 'boolean' } } })
  return { bus: openBus(needed(folder, more)), isJson: values.json === true }
}

function print(content: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    process.stdout.write(content, error => error ? reject(error) : resolve())
  })
}

/** False when the reader has left, who has then seen enough. */
async function printUnlessLeft(text: string): Promise<boolean> {
  try {
    await print(text)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return false
    throw error
  }
}

const line = (value: object) => `${JSON.stringify(value)}\n`

function nameOf(name: Path): { name: string, nameBase64?: string } {
  if (typeof name === 'string') return { name }
  return { name: pathText(name), nameBase64: Buffer.from(name).toString('base64') }
}

function contentOf(message: Message): object {
  const bytes = message.read()
  const content = isUtf8(bytes) ? { text: bytes.toString() } : { base64: bytes.toString('base64') }
  return { ...nameOf(message.name), ...content }
}
