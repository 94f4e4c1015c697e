// Told in chapters/00-foundations/05-taxonomy.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { OpenFile } from './file.ts'
import { SystemError } from './kernel.ts'
import { PRIMITIVES, type Address, type Primitive, type Receiver } from './taxonomy-ends.ts'

export { PRIMITIVES, type Address, type Primitive, type Receiver } from './taxonomy-ends.ts'

/** What the five questions found out. `alone` may also be 'fails' with the kernel's code. */
export interface Traits {
  lasts: boolean
  found: 'by its name' | 'through /proc' | 'no'
  alone: 'kept' | 'lost' | 'waits' | `fails (${string})`
  readers: 'both' | 'one of two' | 'only one'
  writers: 'apart' | 'merged' | 'lost'
}

/** Asks a primitive all five, each on a new one in a new folder. */
export async function probe(primitive: Primitive): Promise<Traits> {
  return {
    lasts: await onStage(primitive, lasts),
    found: await onStage(primitive, found),
    alone: await onStage(primitive, alone),
    readers: await onStage(primitive, readers),
    writers: await onStage(primitive, writers),
  }
}

interface Stage { sender: Address, receiver: Address, open(): Receiver, send(text: string): void }

async function onStage<T>(
  primitive: Primitive, act: (stage: Stage, primitive: Primitive) => T,
): Promise<Awaited<T>> {
  const folder = mkdtempSync(`${tmpdir()}/taxonomy-`)
  const closing: (() => void)[] = []
  try {
    const { sender, receiver } = primitive.create(folder)
    closing.push(() => letGo(sender, receiver))
    const open = () => {
      const one = primitive.receive(receiver)
      closing.push(() => one.close())
      return one
    }
    const send = (text: string) => primitive.send(sender, text)
    return await act({ sender, receiver, open, send }, primitive)
  } finally {
    for (const close of closing) close()
    rmSync(folder, { recursive: true })
  }
}

function letGo(...addresses: Address[]): void {
  for (const each of addresses) if (each instanceof OpenFile) each.close()
}

function lasts({ sender, receiver, open, send }: Stage): boolean {
  const first = open()
  send('note')
  first.close()
  letGo(sender, receiver)
  return didReceive(open)
}

function didReceive(open: () => Receiver): boolean {
  try {
    return open().next() !== null
  } catch (error) {
    if (error instanceof SystemError) return false
    throw error
  }
}

async function found({ sender, open }: Stage, primitive: Primitive): Promise<Traits['found']> {
  const reader = open()
  const hasName = typeof sender === 'string'
  await sendElsewhere(primitive, hasName ? sender : `/proc/${process.pid}/fd/${sender.fd}`)
  if (reader.next() === null) return 'no'
  return hasName ? 'by its name' : 'through /proc'
}

async function alone(
  { sender, receiver, open }: Stage, primitive: Primitive,
): Promise<Traits['alone']> {
  if (receiver !== sender) letGo(receiver)
  const outcome = await sendElsewhere(primitive, sender)
  if (outcome === 'waits') return outcome
  if (outcome !== 'sent') return `fails (${outcome})`
  return didReceive(open) ? 'kept' : 'lost'
}

function readers({ open, send }: Stage): Traits['readers'] {
  const first = open()
  let second: Receiver
  try {
    second = open()
  } catch (error) {
    if (error instanceof SystemError && TAKEN.has(error.code)) return 'only one'
    throw error
  }
  send('note')
  return [first, second].every(each => each.next() !== null) ? 'both' : 'one of two'
}

/** What a second reader is told: the address is in use, somebody holds it, it is busy. */
const TAKEN = new Set(['EADDRINUSE', 'EAGAIN', 'EBUSY'])

function writers({ open, send }: Stage): Traits['writers'] {
  const reader = open()
  send('one')
  send('two')
  if (reader.next() === null) return 'lost'
  return reader.next() === null ? 'merged' : 'apart'
}

const PATIENCE_MS = 1000

/**
 * Sends from a new process to a path, or to an open file that it inherits: 'sent', 'waits' or the
 * error's code.
 */
function sendElsewhere(primitive: Primitive, to: Address): Promise<string> {
  const path = typeof to === 'string' ? to : ''
  const inherited = typeof to === 'string' ? 'ignore' as const : to.fd
  const script = `import { sendHere } from ${JSON.stringify(import.meta.url)}
    await sendHere(...process.argv.slice(1))`
  const child = spawn(process.execPath,
    [...process.execArgv, '--input-type=module', '--eval', script, '--', primitive.name, path,
      primitive.module ?? ''],
    { stdio: ['ignore', 'pipe', 'inherit', inherited] })
  let said = ''
  let patience: NodeJS.Timeout | undefined
  child.stdout!.on('data', chunk => {
    said += chunk
    patience ??= setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS)
  })
  return new Promise((resolve, reject) => child.on('close', status => {
    clearTimeout(patience)
    if (said === '') reject(new Error(`the sender, ${primitive.name}, ended with ${status}`))
    resolve(said.split('\n')[1] || 'waits')
  }))
}

/** What `sendElsewhere` runs there. */
export async function sendHere(name: string, path: string, module: string): Promise<void> {
  const ends: readonly Primitive[] = module === '' ? PRIMITIVES : (await import(module)).ENDS
  const primitive = ends.find(each => each.name === name)!
  writeSync(1, 'trying\n')
  try {
    primitive.send(path === '' ? new OpenFile(3) : path, 'note')
    writeSync(1, 'sent\n')
  } catch (error) {
    writeSync(1, `${(error as SystemError).code}\n`)
  }
}
