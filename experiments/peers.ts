// What an experiment is compared with: npm packages in experiments/node_modules, and Debian's programs.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Experiment, Refusal } from './experiment.ts'

/**
 * Sees to it that all that an experiment asks for is there, and resolves to the versions. npm packages are
 * installed when they are missing; Debian's only with `install`, since they change the machine.
 */
export function provide({ peers = [], debian = [] }: Experiment, folder: string, { install, report }: { install: boolean; report(line: string): void }): Record<string, string> {
  return { ...providePeers(peers, folder, report), ...provideDebian(debian, install, report) }
}

function providePeers(names: string[], folder: string, report: (line: string) => void): Record<string, string> {
  if (names.length === 0) return {}
  const wanted = readJson(join(folder, 'package.json'))?.dependencies ?? {}
  const unknown = names.filter((name) => !(name in wanted))
  if (unknown.length > 0) throw new Refusal(`the peer ${unknown.join(', ')} is not in ${join(folder, 'package.json')}`)
  const stale = () => names.filter((name) => versionOf(folder, name) !== wanted[name])
  if (stale().length > 0) {
    report(`installing ${stale().join(', ')} in ${folder} (compiles; about a minute)`)
    const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts=false'], { cwd: folder, stdio: ['ignore', 2, 2], env: { ...process.env, ...headers() } })
    if (status !== 0 || stale().length > 0) throw new Refusal(`npm ci in ${folder} failed. It compiles C++: apt-get install g++ make python3`)
  }
  return Object.fromEntries(names.map((name) => [name, String(wanted[name])]))
}

/** The compiler takes Node's headers from beside Node, where they are, and not from the network. */
function headers(): Record<string, string> {
  const prefix = dirname(dirname(process.execPath))
  return existsSync(join(prefix, 'include/node/node.h')) ? { npm_config_nodedir: prefix } : {}
}

function versionOf(folder: string, name: string): string | undefined {
  return readJson(join(folder, 'node_modules', name, 'package.json'))?.version
}

interface Manifest {
  version?: string
  dependencies?: Record<string, string>
}

function readJson(path: string): Manifest | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

function provideDebian(names: string[], install: boolean, report: (line: string) => void): Record<string, string> {
  let versions = installed(names)
  const missing = names.filter((name) => !(name in versions))
  if (missing.length === 0) return versions
  const command = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', ...missing]
  if (install) {
    report(command.join(' '))
    const sudo = process.getuid?.() === 0 ? [] : ['sudo', '-n']
    const [program, ...rest] = [...sudo, ...command]
    spawnSync(program!, rest, { stdio: ['ignore', 2, 2], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } })
    versions = installed(names)
  }
  const still = names.filter((name) => !(name in versions))
  if (still.length === 0) return versions
  throw new Refusal(`${still.join(', ')} ${still.length > 1 ? 'are' : 'is'} missing: ${command.filter((word) => !word.startsWith('-')).join(' ')}, or run with --install`)
}

/** The Debian packages of `names` that are installed, with their versions. */
function installed(names: string[]): Record<string, string> {
  return Object.fromEntries(names.flatMap((name) => {
    try {
      const told = execFileSync('dpkg-query', ['-W', '-f=${Status}|${Version}', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      const [status, version] = told.split('|')
      return status === 'install ok installed' ? [[name, version!]] : []
    } catch {
      return []
    }
  }))
}
