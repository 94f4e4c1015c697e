// Where something is measured: the machine and the software that numbers depend on, so that only like is put beside like.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, realpathSync } from 'node:fs'
import os from 'node:os'

export interface Filesystem {
  /** As in /proc/self/mountinfo: ext4, tmpfs, overlay, … */
  type: string
  /** Mount options and the superblock's, without those that name paths. */
  options: string
}

export interface Setting {
  cpu: string
  cpus: number
  memoryGiB: number
  arch: string
  /** A digest of the machine's id, so that twins are told apart; '' when it has none. */
  machine: string
  kernel: string
  node: string
  filesystem: Filesystem
  /** What else took part: npm packages and Debian packages with their versions. */
  versions: Record<string, string>
}

/** Describes this machine, for work in `folder`. */
export function settingHere(folder: string, versions: Record<string, string>): Setting {
  const cpus = os.cpus()
  return {
    cpu: cpus[0]?.model.trim().replace(/\s+/g, ' ') ?? 'unknown',
    cpus: cpus.length,
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    arch: os.arch(),
    machine: machineId(),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version.slice(1),
    filesystem: filesystemOf(folder),
    versions,
  }
}

/** A short digest of a setting; rows carry it. */
export function settingKey(setting: Setting): string {
  return createHash('sha256').update(JSON.stringify(sorted(setting))).digest('hex').slice(0, 12)
}

/** What differs between two settings, as phrases for the reader; [] when rows of both may share a table. */
export function differences(before: Setting, now: Setting): string[] {
  const told = Object.keys({ ...before, ...now }) as (keyof Setting)[]
  return told.flatMap((key) => {
    const [a, b] = [before[key], now[key]].map((value) => JSON.stringify(sorted(value)))
    return a === b ? [] : [`${key} was ${words(before[key])} and is ${words(now[key])}`]
  })
}

/** The filesystem on which `folder` lies, by the mount table. */
export function filesystemOf(folder: string, mounts = readOr('/proc/self/mountinfo', '')): Filesystem {
  const path = realpathSync(folder)
  let best: { point: string; filesystem: Filesystem } | undefined
  for (const line of mounts.split('\n').filter(Boolean)) {
    const [left, right] = line.split(' - ') as [string, string]
    const [, , , , point, options] = left.split(' ')
    const [type, , superOptions] = right.split(' ')
    const at = unescape(point!)
    const above = at === '/' || path === at || path.startsWith(`${at}/`)
    // A later line of the same length was mounted over the earlier one.
    if (!above || (best && at.length < best.point.length)) continue
    const all = [...new Set(`${options},${superOptions ?? ''}`.split(','))].filter((one) => one && !one.includes('/'))
    best = { point: at, filesystem: { type: type!, options: all.join(',') } }
  }
  return best?.filesystem ?? { type: 'unknown', options: '' }
}

/** The commit of the work tree at `root`, and whether files in `paths` are not as in it. */
export function commitOf(root: string, paths: string[]): { commit: string; dirty: boolean } {
  const git = (...args: string[]) => execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    const commit = git('rev-parse', '--short=12', 'HEAD')
    return { commit, dirty: git('status', '--porcelain', '--', ...paths) !== '' }
  } catch {
    return { commit: 'none', dirty: true }
  }
}

function machineId(): string {
  const id = readOr('/etc/machine-id', '').trim()
  return id && createHash('sha256').update(`experiments ${id}`).digest('hex').slice(0, 8)
}

function readOr(path: string, fallback: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return fallback
  }
}

/** The mount table writes blanks in paths as \040. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).sort().map(([key, inner]) => [key, sorted(inner)]))
}

function words(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return Object.entries(value).map(([key, inner]) => `${key} ${inner}`).join(', ') || 'nothing'
}
