// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { fstatSync, openSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { lockFile } from './lock-file.ts'

interface Context {
  folder: string, quick: boolean
  peer(name: string): Promise<unknown>
  compile(source: URL): string
}
const nowUs = () => Number(process.hrtime.bigint()) / 1000

/** Takes a lock and resolves to the function that gives it back. */
type Take = (path: string) => Promise<() => unknown>
const ours: Take = async path => {
  const lock = await lockFile(path)
  return () => lock.release()
}
const theirs = (minTimeout: number): Take => {
  const require = createRequire(new URL('../../experiments/package.json', import.meta.url))
  const { lock } = require('proper-lockfile')
  return path => lock(path, { retries: { forever: true, factor: 1, minTimeout, maxTimeout: minTimeout } })
}
const takers: Record<string, () => Take> = {
  'lockFile': () => ours,
  'proper-lockfile, a try each ms': () => theirs(1),
  'proper-lockfile, a try each 50 ms': () => theirs(50),
}

/** One of the two processes: holds for half a millisecond, leaves the time, lets go. Collects the others' times. */
async function pass(name: string, path: string, count: number): Promise<number[]> {
  const take = takers[name]!()
  const samples: number[] = []
  const [note, file] = [new Float64Array(1), openSync(`/dev/shm/${path.replaceAll('/', '-')}`, 'a+')]
  for (let i = 0; i < count; i++) {
    const release = await take(path)
    const now = nowUs()
    readSync(file, note, 0, 8, Math.max(0, fstatSync(file).size - 8))
    if (i > count / 10 && note[0]! > 0) samples.push(now - note[0]!)
    await sleep(1)
    note[0] = nowUs()
    writeSync(file, note)
    await release()
    await sleep(1)
  }
  return samples
}

const [, program, role, path, count] = process.argv
if (program === fileURLToPath(import.meta.url)) await pass(role!, path!, Number(count))

async function handOver(name: string, { folder, quick }: Context): Promise<number[]> {
  const [path, count] = [`${folder}/lock`, quick ? 20 : name.includes('50') ? 40 : 200]
  writeFileSync(path, '')
  const other = spawn(process.execPath,
    [...process.execArgv, fileURLToPath(import.meta.url), name, path, String(count * 3)], { stdio: 'inherit' })
  const ended = new Promise(resolve => other.on('close', resolve))
  await sleep(600)
  const samples = await pass(name, path, count)
  other.kill('SIGKILL')
  await ended
  unlinkSync(`/dev/shm/${path.replaceAll('/', '-')}`)
  return samples
}

export default {
  question: 'How long after one process lets go does the process that waits have the lock?',
  unit: 'µs',
  better: 'lower',
  runs: 5,
  peers: ['proper-lockfile'],
  debian: ['gcc', 'libc6-dev'],
  baseline: 'proper-lockfile, a try each ms',
  rows: [
    ...Object.keys(takers).map(name => ({ name, run: (context: Context) => handOver(name, context) })),
    { name: 'C: blocked in fcntl', run: ({ folder, quick, compile }: Context) => {
      const program = compile(new URL('./lock-file.limit.c', import.meta.url))
      const said = execFileSync(program, ['handover', `${folder}/lock`, quick ? '50' : '500'])
      return String(said).trim().split('\n').map(Number).filter(us => us > 0 && us < 1e6)
    } },
  ],
}
