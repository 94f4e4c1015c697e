// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { open, O_CREAT, O_WRONLY } from '../foundations/file.ts'
import { rename } from '../foundations/name.ts'
import { waitForName } from './meeting-point.ts'

const [role, folder = ''] = process.argv.slice(2)
const say = (line: string) => console.log(`  ${role!.padEnd(4)} pid ${process.pid}   ${line}`)

/**
 * A line becomes a name's file, whole or not at all: written under a name with a dot, then renamed.
 */
function leave(name: string, line: string): void {
  const file = open(`${folder}/.${name}`, O_WRONLY | O_CREAT)
  const now = process.hrtime.bigint()
  file.writeAll(Buffer.from(`${now} ${line}`))
  file.close()
  rename(`${folder}/.${name}`, `${folder}/${name}`)
}

/**
 * Waits for the name, and reads the line and when it was written, on the clock that all processes
 * share.
 */
async function read(name: string): Promise<{ line: string, ageMs: number }> {
  await waitForName(`${folder}/${name}`, { timeoutMs: 5000 })
  const now = process.hrtime.bigint()
  const file = open(`${folder}/${name}`)
  const [time, ...words] = file.readAll().toString().split(' ')
  file.close()
  return { line: words.join(' '), ageMs: Number(now - BigInt(time!)) / 1e6 }
}

async function bob(): Promise<void> {
  say("waits for the name 'ann'; nobody has it")
  const { line, ageMs } = await read('ann')
  say(`woke up ${ageMs.toFixed(2)} ms after ann wrote her line`)
  say(`reads "${line}"`)
  leave('bob', 'hello ann, I was waiting for you')
}

async function ann(): Promise<void> {
  await once(process.stdin, 'data')
  say("arrives, and takes the name 'ann'")
  leave('ann', 'hello, whoever you are')
  const { line } = await read('bob')
  say(`reads "${line}"`)
}

/** Starts the two, shows what they say, and sweeps up after them. */
async function stage(): Promise<void> {
  const place = mkdtempSync(`${tmpdir()}/meeting-`)
  console.log(`Two processes, one folder: ${place}\n`)
  const program = [...process.execArgv, fileURLToPath(import.meta.url)]
  const actors = ['bob', 'ann'].map(name =>
    spawn(process.execPath, [...program, name, place], { stdio: ['pipe', 'pipe', 'inherit'] }))
  try {
    for (const each of actors) each.stdout.on('data', text => process.stdout.write(text))
    const ended = actors.map(each => once(each, 'close'))
    await Promise.race([once(actors[0]!.stdout, 'data'), ...ended])
    actors[1]!.stdin.end('go\n')
    const statuses = await Promise.all(ended)
    process.exitCode = statuses.every(([status]) => status === 0) ? 0 : 1
  } finally {
    for (const each of actors) each.kill()
    rmSync(place, { recursive: true })
  }
  console.log('\nThey knew a path, and nothing of each other.')
}

const roles: Record<string, () => Promise<void>> = { bob, ann }
await (role === undefined ? stage : roles[role]!)()
