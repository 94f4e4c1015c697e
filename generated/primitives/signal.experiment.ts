// Told in chapters/02-primitives-catalog/17-signal.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { queueSignal, sendSignal, SignalInbox, SIGRTMIN, type Signal } from './signal.ts'

interface Context { quick: boolean, compile(source: URL): string }
const program = ({ compile }: Context) => compile(new URL('./signal.limit.c', import.meta.url))
const turns = ({ quick }: Context) => quick ? 500 : 5000

/** Throws, and `listen` is to call back for each that comes back; resolves to microseconds for a turn. */
async function thereAndBack(
  context: Context, signal: Signal, number: number, listen: (callback: () => void) => { close(): void },
): Promise<number> {
  const listening: { close?(): void } = {}
  let [left, begin] = [turns(context), 0]
  const all = new Promise<void>(resolve => {
    Object.assign(listening, listen(() => left-- > 0 ? throwIt() : resolve()))
  })
  const peer = spawn(program(context), ['echo', String(process.pid), String(number)], { stdio: ['pipe', 'pipe', 'inherit'] })
  const throwIt = () => number < SIGRTMIN ? sendSignal(peer.pid!, signal) : queueSignal(peer.pid!, signal, 1)
  await once(peer.stdout, 'data')
  begin = performance.now()
  throwIt()
  await all
  const elapsed = performance.now() - begin
  peer.kill('SIGKILL')
  await once(peer, 'close')
  listening.close?.()
  return elapsed * 1000 / (turns(context) + 1)
}

const SIGUSR2 = 12

export default {
  question: 'How long does a signal take there and back?',
  unit: 'µs',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'an inbox, real-time', run: (context: Context) => {
      const inbox = new SignalInbox([SIGRTMIN])
      return thereAndBack(context, SIGRTMIN, SIGRTMIN, callback => {
        const listening = inbox.listen(() => { for (const _ of inbox.take()) callback() })
        return { close: () => { listening.close(); inbox.close() } }
      })
    } },
    { name: 'process.on', run: (context: Context) => thereAndBack(context, 'SIGUSR2', SIGUSR2, callback => {
      process.on('SIGUSR2', callback)
      return { close: () => { process.off('SIGUSR2', callback) } }
    }) },
    { name: 'C: sigqueue, sigwaitinfo', run: (context: Context) =>
      Number(execFileSync(program(context), ['both', '0', String(turns(context))])) },
    { name: 'to make an inbox and close it', run: (context: Context) => {
      const [count, begin] = [turns(context) / 50, performance.now()]
      for (let i = 0; i < count; i++) new SignalInbox([SIGRTMIN]).close()
      return (performance.now() - begin) * 1000 / count
    } },
  ],
}
