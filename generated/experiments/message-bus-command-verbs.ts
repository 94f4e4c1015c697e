// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import { open } from '../foundations/file.ts'
import { pathText, SystemError, type Path } from '../foundations/kernel.ts'
import {
  contentOf, DONE, FAILED, line, NOTHING, print, printUnlessLeft, type Given,
} from './message-bus-command-table.ts'
import { openBus, type Message, type MessageBus } from './message-bus.ts'

export async function publish(given: Given): Promise<number> {
  const [folder, text = '-'] = given.words
  const durability = given.text('durability')?.replaceAll('-', ' ') as 'os' | undefined
  const bus = openBus(folder!, { create: true, durability: durability ?? 'os' })
  const name = bus.publish(text === '-' ? readFileSync(0) : text)
  await print(given.has('json') ? line({ name }) : `${name}\n`)
  return DONE
}

export async function take(given: Given): Promise<number> {
  const { words: [folder], command } = given
  const waitMs = given.ms('wait') ?? 0
  const bus = openBus(folder!, { keep: !given.has('remove') })
  try {
    const message = await next(bus, waitMs)
    if (message === undefined) return NOTHING
    // hand the message over, and then complete it
    if (command === undefined) await print(given.has('json') ? line({ ...nameOf(message.name), ...contentOf(message.read()) }) : message.read())
    else if (!await execute(command, message, bus)) return FAILED
    message.complete()
    return DONE
  } finally {
    bus.close()
  }
}

async function next(bus: MessageBus, waitMs: number): Promise<Message | undefined> {
  if (waitMs === 0) return bus.tryTake()
  try {
    return await bus.take({ timeoutMs: waitMs })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return undefined
    throw error
  }
}

/** Runs the command and says whether it ended well. It inherits lock and bells, so it keeps the
 * claim without us. */
async function execute(command: readonly string[], message: Message, bus: MessageBus): Promise<boolean> {
  const { start } = await import('./message-bus-command-start.ts')
  const input = open(message.path)
  let status: number
  try {
    const env = { FCS_MESSAGE: pathText(message.name) }
    status = await start(command, [input.fd, 1, 2, ...bus.descriptors], env).ended
  } finally {
    input.close()
  }
  if (status !== DONE) await print(`fcs: ${command[0]} ended with ${status}; the message went back\n`, 2)
  return status === DONE
}

export async function watch(given: Given): Promise<number> {
  for await (const { event, name, worker } of openBus(given.words[0]!).watch()) {
    const who = worker === undefined ? '' : `  ${worker}`
    const text = `${event.padEnd(10)}${pathText(name)}${who}\n`
    const told = given.has('json') ? line({ event, ...nameOf(name), worker }) : text
    if (!await printUnlessLeft(told)) break
  }
  return DONE
}

export async function ls(given: Given): Promise<number> {
  for (const { name, ...told } of openBus(given.words[0]!).list()) {
    const { state, bytes, worker, isAlive, reason } = told
    const life = isAlive === undefined ? '' : isAlive ? ' (alive)' : ' (dead)'
    const tail = worker === undefined ? reason ?? '' : `${worker}${life}`
    const row = `${state.padEnd(10)}${String(bytes).padStart(8)}  ${pathText(name)}  ${tail}`
    if (!await printUnlessLeft(given.has('json') ? line({ ...nameOf(name), ...told }) : `${row.trimEnd()}\n`)) break
  }
  return DONE
}

function nameOf(name: Path): { name: string, nameBase64?: string } {
  if (typeof name === 'string') return { name }
  return { name: pathText(name), nameBase64: Buffer.from(name).toString('base64') }
}
