// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import { execFile, execFileSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { promisify } from 'node:util'

interface Context { folder: string, quick: boolean, compile(source: URL): string }
interface Figures { readyMs: number, residentMb: number, addedMb: number, latenciesMs: number[] }
export type Who = 'Watcher' | 'chokidar' | '@parcel/watcher' | 'Node alone'

const ours = new URL('../../dist/files/watcher.js', import.meta.url).href
const peers = createRequire(new URL('../../experiments/package.json', import.meta.url))

/** How each of them is begun in the child. `told(path)` is called with the path of every event. */
const BEGIN: Record<Who, (root: string) => [load: string, begin: string]> = {
  'Watcher': root => [`const { Watcher } = await import('${ours}')`,
    `const watcher = new Watcher('${root}')
    await watcher.ready
    const listen = async () => { for await (const event of watcher) told(event.path) }
    listen()`],
  'chokidar': root => [`const { watch } = await import('${peers.resolve('chokidar')}')`,
    `const watcher = watch('${root}', { ignoreInitial: true, atomic: false })
    await new Promise(resolve => watcher.on('ready', resolve))
    watcher.on('all', (_event, path) => told(path))`],
  '@parcel/watcher': root => [
    `const { default: parcel } = await import('${peers.resolve('@parcel/watcher')}')`,
    `await parcel.subscribe('${root}', (_error, events) => {
      for (const { path } of events) told(path)
    })`],
  'Node alone': () => ['', ''],
}

/** The program of the child: watch, weigh, write. */
function program(who: Who, root: string, writes: number): string {
  const [load, begin] = BEGIN[who](root)
  return `import { readFileSync, writeFileSync } from 'node:fs'
  import { setTimeout as sleep } from 'node:timers/promises'
  const resident = () => {
    gc()
    return /VmRSS:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1] / 1024
  }
  let [awaited, heard] = ['', () => {}]
  const told = path => { if (path === awaited) heard() }
  ${load}
  const before = resident()
  const start = performance.now()
  ${begin}
  const readyMs = performance.now() - start
  await sleep(300)
  const residentMb = resident()
  const latenciesMs = []
  for (let i = 0; i < ${writes}; i++) {
    awaited = '${root}/' + i % 200 + '/' + i % 10 + '/f' + i % 10
    const hearing = new Promise(resolve => { heard = resolve })
    const written = performance.now()
    writeFileSync(awaited, String(i))
    await hearing
    latenciesMs.push(performance.now() - written)
    await sleep(1)
  }
  console.log(JSON.stringify({ readyMs, residentMb, addedMb: residentMb - before, latenciesMs }))
  process.exit()`
}

/** 2,000 folders with ten files each. */
export function plant(folder: string): string {
  const script = `for i in $(seq 0 199); do mkdir -p $i/0 $i/1 $i/2 $i/3 $i/4 $i/5 $i/6 $i/7 $i/8 $i/9; done
    printf '%s\\n' */* | sed 's:.*:&/f0 &/f1 &/f2 &/f3 &/f4 &/f5 &/f6 &/f7 &/f8 &/f9:' | xargs touch`
  execFileSync('sh', ['-c', script], { cwd: folder })
  return folder
}

export async function measure(who: Who, { folder, quick }: Context, writes = quick ? 20 : 200) {
  const args = ['--expose-gc', '--input-type=module', '--eval', program(who, plant(folder), writes)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout) as Figures
}

const quantile = (values: number[], part: number) =>
  values.sort((a, b) => a - b)[Math.floor(values.length * part)]!

const inC = (context: Context): Figures => {
  const program = context.compile(new URL('./watcher.limit.c', import.meta.url))
  const output = execFileSync(program, [plant(context.folder), context.quick ? '20' : '200'])
  const [readyMs, ...latenciesMs] = String(output).trim().split('\n').map(Number)
  return { readyMs: readyMs!, residentMb: 0, addedMb: 0, latenciesMs }
}

const figures = {
  'until ready': ({ readyMs }: Figures) => readyMs,
  'write to event, median': ({ latenciesMs }: Figures) => quantile(latenciesMs, 0.5),
  'write to event, 99 of 100': ({ latenciesMs }: Figures) => quantile(latenciesMs, 0.99),
}
const rows = Object.entries(figures).flatMap(([group, of]) => [
  { group, name: `chokidar, ${group}`, run: async (context: Context) => of(await measure('chokidar', context)) },
  { group, name: `@parcel/watcher, ${group}`,
    run: async (context: Context) => of(await measure('@parcel/watcher', context)) },
  { group, name: `Watcher, ${group}`, targetRatio: 1,
    run: async (context: Context) => of(await measure('Watcher', context)) },
  { group, name: `C, ${group}`, run: (context: Context) => of(inC(context)) },
])

export default {
  question: 'How soon is a tree of 2,000 folders watched, and how soon after a write is it told?',
  unit: 'ms',
  better: 'lower',
  runs: 1,
  peers: ['chokidar', '@parcel/watcher'],
  debian: ['gcc', 'libc6-dev'],
  baseline: Object.keys(figures).map(group => `@parcel/watcher, ${group}`),
  rows,
}
