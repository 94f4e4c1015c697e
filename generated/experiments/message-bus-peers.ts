// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection, createServer, type AddressInfo } from 'node:net'

/** What runs, and what it writes to the disk. */
export type Setup = 'redis memory' | 'redis everysec' | 'redis always' | 'nats' | 'nats js'

function commandOf(setup: Setup, port: number, folder: string): [string, string[]] {
  const [kind, how] = setup.split(' ')
  if (kind === 'nats') {
    return ['nats-server', ['-a', '127.0.0.1', '-p', `${port}`, ...how === 'js' ? ['-js', '-sd', `${folder}/js`] : []]]
  }
  const append = how === 'memory' ? ['--appendonly', 'no'] : ['--appendonly', 'yes', '--appendfsync', how!]
  return ['redis-server', ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--dir', folder, ...append]]
}

/** A port of loopback that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** Starts a server and resolves, when it answers, to its port and to what ends it. */
export async function serve(setup: Setup, folder: string, signal?: AbortSignal): Promise<{ port: number, end(): Promise<void> }> {
  const port = await freePort()
  const [program, args] = commandOf(setup, port, folder)
  const server = spawn(program, args, { stdio: 'ignore', ...signal && { signal } })
  let failure: Error | undefined
  server.on('error', error => { failure = error })
  const hasEnded = () => failure !== undefined || server.exitCode !== null || server.signalCode !== null
  for (let tries = 0; !await answers(port); tries++) {
    if (tries > 1000 || hasEnded()) throw failure ?? new Error(`${program} does not answer`)
    await new Promise(resolve => setTimeout(resolve, 10))
  }
  return { port, end: async () => { if (!hasEnded() && server.kill('SIGKILL')) await once(server, 'exit') } }
}

/** Whether somebody listens on the port. */
export function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })
}
