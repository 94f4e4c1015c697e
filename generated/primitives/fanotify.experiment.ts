// Told in chapters/02-primitives-catalog/11-fanotify.md. Edit it there, or edit here and stitch.
import { spawn } from 'node:child_process'
import { open, O_CREAT, O_WRONLY } from '../foundations/file.ts'
import { Fanotify, FAN_OPEN, Gate } from './fanotify.ts'
import { Inotify, IN_OPEN } from './inotify.ts'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
interface Watcher { close(): void }

/** Resolves to the microseconds of an open and close, in a process in C, while `watcher` watches. */
const beside = (watch: (folder: string) => Watcher, { many = 100_000, what = 'opens' } = {}) =>
  async ({ folder, quick, compile }: Context): Promise<number> => {
    open(`${folder}/file`, O_WRONLY | O_CREAT).close()
    const watcher = watch(folder)
    const program = compile(new URL('./fanotify.limit.c', import.meta.url))
    const opener = spawn(program, [what, folder, String(quick ? many / 10 : many)], { stdio: ['ignore', 'pipe', 'inherit'] })
    let said = ''
    opener.stdout.on('data', data => { said += data })
    await new Promise(resolve => opener.on('close', resolve))
    watcher.close()
    return Number(said || Number.NaN)
  }

function listening(watch: Inotify | Fanotify): Watcher {
  const handle = watch.listen(() => { watch.take() })
  return { close: () => { handle.close(); watch.close() } }
}
const inotify = (folder: string) => {
  const watch = new Inotify()
  watch.add(folder, IN_OPEN)
  return listening(watch)
}

export default {
  question: 'How long do an open and a close take while somebody watches?',
  unit: 'µs',
  better: 'lower',
  debian: ['gcc', 'libc6-dev'],
  rows: [
    { name: 'nobody watches', run: beside(() => ({ close() {} })) },
    { name: 'inotify, the folder', run: beside(inotify) },
    { name: 'fanotify, the folder', run: beside(folder => listening(new Fanotify(folder, FAN_OPEN, { scope: 'folder' }))) },
    { name: 'fanotify, the filesystem', run: beside(folder => listening(new Fanotify(folder, FAN_OPEN))) },
    { name: 'a gate in TypeScript', run: beside(folder => new Gate(folder, () => true), { many: 10_000 }) },
    { name: 'a gate in C', run: beside(() => ({ close() {} }), { many: 10_000, what: 'gate' }) },
  ],
}
