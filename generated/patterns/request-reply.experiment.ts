// Told in chapters/03-patterns-and-idioms/23-request-reply.md. Edit it there, or edit here and stitch.
import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { createServer, request as httpRequest, Agent } from 'node:http'
import { connect, createServer as createSocketServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import type { Context, Experiment, Row } from '../../experiments/experiment.ts'
import { Requests } from './request-reply.ts'

const question = 'postage to Oslo, 2kg'
type Ask = () => Promise<unknown>

/** The one who answers, in a process of its own. Tells its port when it is ready. */
async function answer(kind: string, folder: string): Promise<void> {
  if (kind === 'files') {
    void new Requests(`${folder}/requests`).serve(bytes => bytes, { atOnce: 16 })
    process.send!(0)
  } else if (kind === 'socket') {
    createSocketServer(socket => socket.pipe(socket)).listen(`${folder}/socket`, () => process.send!(0))
  } else {
    const server = createServer((request, response) => request.pipe(response)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    process.send!((server.address() as AddressInfo).port)
  }
}
if (process.env['ANSWER'] !== undefined) await answer(...process.env['ANSWER'].split(' ') as [string, string])

/** The one who asks. */
async function asker(kind: string, folder: string, port: number): Promise<{ ask: Ask, end(): void }> {
  if (kind === 'files') {
    const requests = new Requests(`${folder}/requests`)
    return { ask: () => requests.call(question), end: () => requests.close() }
  }
  if (kind === 'socket') {
    const socket = connect(`${folder}/socket`)
    await once(socket, 'connect')
    return { ask: () => { socket.write(question); return once(socket, 'data') }, end: () => { socket.destroy() } }
  }
  const agent = new Agent({ keepAlive: true })
  const ask = () => new Promise((resolve, reject) => {
    httpRequest({ port, host: '127.0.0.1', method: 'POST', agent }, response => response.on('data', resolve)).on('error', reject).end(question)
  })
  return { ask, end: () => agent.destroy() }
}

async function rate(kind: string, atOnce: number, count: number, { folder, quick }: Context): Promise<number> {
  const child = fork(fileURLToPath(import.meta.url), { env: { ...process.env, ANSWER: `${kind} ${folder}` } })
  try {
    const [port] = await once(child, 'message') as [number]
    const { ask, end } = await asker(kind, folder, port)
    let left = quick ? count / 10 : count
    const total = left
    await ask()
    const begin = performance.now()
    await Promise.all(Array.from({ length: atOnce }, async () => { while (left-- > 0) await ask() }))
    const perSecond = total / (performance.now() - begin) * 1000
    end()
    return perSecond
  } finally {
    child.kill('SIGKILL')
  }
}

const row = (name: string, kind: string, atOnce: number, count: number): Row => ({
  name, run: context => rate(kind, atOnce, count, context),
})
const experiment: Experiment = {
  question: 'How many questions a second are answered by another process?',
  unit: 'answers/s',
  better: 'higher',
  runs: 5,
  debian: ['gcc', 'libc6-dev'],
  baseline: 'HTTP on loopback',
  rows: [
    row('call, one at a time', 'files', 1, 1000),
    row('call, sixteen at once', 'files', 16, 2000),
    row('a Unix socket', 'socket', 1, 10_000),
    row('HTTP on loopback', 'http', 1, 3000),
    { name: 'C: a Unix socket', run: ({ quick, compile }) => Number(execFileSync(
      compile(new URL('./request-reply.limit.c', import.meta.url)), [String(quick ? 10_000 : 100_000)])) },
  ],
}
export default experiment
