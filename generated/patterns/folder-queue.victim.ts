// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import * as fs from 'node:fs'
import { FolderQueue } from './folder-queue.ts'

const libc = koffi.load(null)
const fork = libc.func('int fork()')
const waitpid = libc.func('int waitpid(int pid, void *status, int options)')
const madvise = libc.func('int madvise(uint64_t start, size_t length, int advice)')
const MADV_DOFORK = 11
const [, , folder, killsText, mode] = process.argv as string[] as [string, string, string, string, string]
const say = (line: string) => fs.appendFileSync(`${folder}.log`, `${line}\n`)   // one write, O_APPEND
const sleeper = new Int32Array(new SharedArrayBuffer(4))

/** Publishes until killed; what it was told is published it says. */
function produce(life: number): never {
  const queue = new FolderQueue(folder, { bucketSize: 8 })
  for (let i = 0; ; i += 3) {
    queue.push(`${life} ${i}`)
    say(`pushed ${life} ${i}`)
    queue.pushMany([`${life} ${i + 1}`, `${life} ${i + 2}`])
    say(`pushed ${life} ${i + 1}\npushed ${life} ${i + 2}`)
    while (queue.size() > 200) Atomics.wait(sleeper, 0, 0, 2)
  }
}

/** Claims, says so, acknowledges, says so, until killed or for `forMs`. */
function work(queue: FolderQueue, life: number, forMs = Infinity): void {
  const end = performance.now() + forMs
  for (let i = 0; performance.now() < end; i++) {
    const claim = queue.claim()
    if (claim === undefined) { Atomics.wait(sleeper, 0, 0, 1); continue }
    const text = claim.text()
    say(`claimed ${text} by ${life}`)
    if (mode === 'all' && i % 7 === 3) { claim.nack(); continue }
    claim.ack()
    say(`acked ${text}`)
  }
}

function copyAllOfUs(): void {
  for (const line of fs.readFileSync('/proc/self/maps', 'utf8').split('\n')) {
    const [, start, end] = /^(\w+)-(\w+) \S+ \S+ 00:00 0/.exec(line) ?? []
    if (start === undefined) continue
    const from = BigInt(`0x${start}`)
    madvise(from, BigInt(`0x${end}`) - from, MADV_DOFORK)
  }
}

let lives = 0
function give(role: 'producer' | 'worker'): { pid: number, role: typeof role } {
  const life = lives++
  copyAllOfUs()
  copyAllOfUs()   // what the first time took
  const pid = fork() as number
  if (pid === 0) {
    try {
      if (role === 'producer') produce(life)
      else work(new FolderQueue(folder), life)
    } catch (error) {
      say(`failed ${life} ${String((error as Error).stack)}`)
      for (;;) Atomics.wait(sleeper, 0, 0, 1000)
    }
  }
  return { pid, role }
}

// What the parent has compiled, no child must compile again.
const warm = new FolderQueue(`${folder}.warm`, { bucketSize: 2 })
for (let i = 0; i < 300; i++) {
  warm.push('x')
  warm.pushMany(['y', 'z'])
  for (const claim of warm.claimMany(3)) if (warm.size() >= 0 && claim.text() !== '') claim.ack()
}
warm.close()

const roles = ['producer', 'producer', ...mode === 'all' ? ['worker', 'worker'] as const : []] as const
const living = roles.map(give)
const survivor = mode === 'all' ? undefined : new FolderQueue(folder)   // the worker that is never killed
const waitMs = (ms: number) => {
  if (survivor !== undefined) work(survivor, -1, ms)
  else Atomics.wait(sleeper, 0, 0, ms)
}
for (let kills = Number(killsText); kills > 0; kills--) {
  waitMs(Math.ceil(Math.random() * 12))
  const victim = living[Math.floor(Math.random() * living.length)]!
  process.kill(victim.pid, 'SIGKILL')
  waitpid(victim.pid, null, 0)
  living[living.indexOf(victim)] = give(victim.role)
}
waitMs(100)
for (const { pid } of living) {
  process.kill(pid, 'SIGKILL')
  waitpid(pid, null, 0)
}
if (survivor !== undefined) work(survivor, -1, 200)
survivor?.close()
