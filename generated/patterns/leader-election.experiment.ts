// Told in chapters/03-patterns-and-idioms/16-leader-election.md. Edit it there, or edit here and stitch.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { Election } from './leader-election.ts'

interface Context { folder: string, quick: boolean, peer(name: string): Promise<unknown>, compile(source: URL): string }

const theirs = async (path: string) => {
  const require = createRequire(new URL('../../experiments/package.json', import.meta.url))
  const retries = { forever: true, factor: 1, minTimeout: 10, maxTimeout: 10 }
  const { lock } = require('proper-lockfile')
  return await lock(path, { stale: 2000, retries }) as () => unknown
}
const ours = (ttlMs?: number) => async (path: string) => {
  const term = await new Election(path, { durability: 'os', ttlMs }).campaign()
  return () => term.resign()
}
const takers: Record<string, (path: string) => Promise<() => unknown>> = {
  'Election, alive by its lock': ours(),
  'Election, and by time (10 s)': ours(10_000),
  'proper-lockfile, stale after 2 s': theirs,
}

const [, program, role, place] = process.argv
if (program === fileURLToPath(import.meta.url)) {
  await takers[role!]!(place!)
  console.log('leads')
  setInterval(() => {}, 1000)
}

async function takeOver(name: string, { folder, quick }: Context): Promise<number[]> {
  const samples: number[] = []
  for (let i = 0; i < (quick ? 2 : name.startsWith('proper') ? 3 : 15); i++) {
    const path = `${folder}/election${name.length}-${i}`
    writeFileSync(path, '')
    const leader = spawn(process.execPath, [...process.execArgv, fileURLToPath(import.meta.url), name, path],
      { stdio: ['ignore', 'pipe', 'inherit'] })
    await once(leader.stdout, 'data')
    const next = takers[name]!(path)
    await sleep(50)
    const begin = performance.now()
    leader.kill('SIGKILL')
    const resign = await next
    samples.push((performance.now() - begin) * 1000)
    await resign()
  }
  return samples
}

export default {
  question: 'How long after the leader is killed does the next one lead?',
  unit: 'µs',
  better: 'lower',
  runs: 1,
  peers: ['proper-lockfile'],
  debian: ['gcc', 'libc6-dev'],
  baseline: 'proper-lockfile, stale after 2 s',
  rows: [
    ...Object.keys(takers).map(name => ({ name, run: (context: Context) => takeOver(name, context) })),
    { name: 'C: blocked in fcntl', run: ({ folder, quick, compile }: Context) => {
      const waiter = compile(new URL('./fencing-lease.limit.c', import.meta.url))
      const said = execFileSync(waiter, ['follow', `${folder}/c`, quick ? '5' : '100'])
      return String(said).trim().split('\n').map(Number)
    } },
  ],
}
