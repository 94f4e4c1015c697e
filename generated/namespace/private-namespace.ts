// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { open, OpenFile, O_CLOEXEC, O_CREAT, O_PATH, O_WRONLY } from '../foundations/file.ts'
import { bind, type Path } from '../foundations/kernel.ts'
import { mkdir } from '../foundations/name.ts'
import { startPool } from './shared-namespace.ts'

const unshareCall = bind('int unshare(int flags)')
const setnsCall = bind('int setns(int fd, int type)')
const fchdirCall = bind('int fchdir(int fd)')

/** What can be separate, besides the mounts. */
export type Separate = 'processes' | 'hostname' | 'ipc' | 'network'
const CLONE_FS = 0x200
const MOUNTS = { flag: 0x20000, name: 'mnt' }
const KINDS: Record<Separate, { flag: number, name: string }> = {
  processes: { flag: 0x20000000, name: 'pid_for_children' },
  hostname: { flag: 0x4000000, name: 'uts' },
  ipc: { flag: 0x8000000, name: 'ipc' },
  network: { flag: 0x40000000, name: 'net' },
}

/**
 * Runs `action` with a table of mounts of its own, in this thread only, and returns what it returned.
 * EPERM without root's rights. Children that it starts stay there.
 */
export function privately<T>(action: () => T, { also = [] }: { also?: readonly Separate[] } = {}): T {
  const kinds = [MOUNTS, ...also.map(each => KINDS[each])]
  return there(kinds, () => unshareCall(kinds.reduce((all, { flag }) => all | flag, 0)), () => {
    setPropagation('/', 'private', { isRecursive: true })
    return action()
  })
}

/** Runs `action` with the mounts of another process, or of an open `/proc/PID/ns/mnt`. */
export function visit<T>(whose: number | OpenFile, action: () => T): T {
  const file = typeof whose === 'number' ? open(`/proc/${whose}/ns/mnt`) : whose
  try {
    return there([MOUNTS], () => {
      unshareCall(CLONE_FS)
      setnsCall(file.fd, MOUNTS.flag)
    }, action)
  } finally {
    if (file !== whose) file.close()
  }
}

type Kind = typeof MOUNTS

function there<T>(kinds: readonly Kind[], leave: () => void, action: () => T): T {
  const way = kinds.map(({ flag, name }) => ({ flag, file: open(`/proc/thread-self/ns/${name}`) }))
  const folder = open('.', O_PATH)
  startPool()
  try {
    leave()
    try {
      const result = action()
      if (result instanceof Promise) throw new TypeError('what is done in another namespace is done at once')
      return result
    } finally {
      comeBack(way, folder)
    }
  } finally {
    for (const { file } of way) file.close()
    folder.close()
  }
}

function comeBack(way: readonly { flag: number, file: OpenFile }[], folder: OpenFile): void {
  try {
    unshareCall(CLONE_FS)   // with threads that were started there it is shared again
    for (const { flag, file } of way) setnsCall(file.fd, flag)
    fchdirCall(folder.fd)
  } catch {
    process.abort()
  }
}

const mountCall = bind(
  'int mount(const char *source, const char *target, const void *type, unsigned int flags, const void *data)')
const umountCall = bind('int umount2(const char *target, int flags)')
const [MS_RDONLY, MS_NOSUID, MS_NODEV, MS_REMOUNT, MS_BIND, MS_REC] = [1, 2, 4, 32, 4096, 16_384]
const [MNT_DETACH, SAFE] = [2, MS_NOSUID | MS_NODEV]
const PROPAGATION = { unbindable: 1 << 17, private: 1 << 18, slave: 1 << 19, shared: 1 << 20 }
const text = (value: string) => Buffer.from(`${value}\0`)

/** Lays an empty folder in memory over `target`. */
export function mountMemory(target: Path, { mode = 0o755, sizeBytes = 64 * 2 ** 20 } = {}): void {
  mountCall('tmpfs', target, text('tmpfs'), SAFE, text(`mode=${mode.toString(8)},size=${sizeBytes}`))
}

/** Shows `source`, a folder or a file, at `target` as well. With `isRecursive`, with what is mounted in it. */
export function bindMount(
  source: Path, target: Path, { isReadOnly = false, isRecursive = false } = {},
): void {
  mountCall(source, target, null, MS_BIND | (isRecursive ? MS_REC : 0), null)
  if (isReadOnly) mountCall('none', target, null, MS_BIND | MS_REMOUNT | MS_RDONLY, null)
}

/** Takes the topmost mount off `target`. With `isLazy`, also while it is in use: it ends with its last user. */
export function unmount(target: Path, { isLazy = false } = {}): void {
  umountCall(target, isLazy ? MNT_DETACH : 0)
}

export interface Overlay {
  /** Folders that stay as they are, the topmost first. */
  lower: readonly string[]
  /** Where changes go, and an empty folder beside it on the same filesystem. Without them it is read-only. */
  upper?: string, work?: string
}

/** Shows folders as one at `target`. */
export function mountOverlay(target: Path, { lower, upper, work }: Overlay): void {
  const plain = (path: string) => path.replace(/[\\:,]/g, '\\$&')
  const options = [`lowerdir=${lower.map(plain).join(':')}`]
  if (upper !== undefined && work !== undefined) options.push(`upperdir=${plain(upper)}`, `workdir=${plain(work)}`)
  mountCall('overlay', target, text('overlay'), SAFE, text(options.join(',')))
}

/**
 * Who is told of what is mounted below `target`: 'shared' tells and is told, 'slave' is told only,
 * 'private' neither, and 'unbindable' cannot be bound elsewhere either.
 */
export function setPropagation(
  target: Path, how: keyof typeof PROPAGATION, { isRecursive = false } = {},
): void {
  mountCall('none', target, null, PROPAGATION[how] | (isRecursive ? MS_REC : 0), null)
}

/** A mount: `root` of a filesystem is seen at `target`. Groups of propagation are numbers, or null. */
export interface Mount {
  id: number, parent: number, root: string, target: string, type: string, source: string
  isReadOnly: boolean, shared: number | null, master: number | null
}

/** What is mounted for this thread, or for a process, in the order of mounting. */
export function mounts(pid?: number): Mount[] {
  const table = open(`/proc/${pid ?? 'thread-self'}/mountinfo`)
  const lines = table.readAll().toString().split('\n')
  table.close()
  return lines.filter(line => line !== '').map(line => {
    const [left, right] = line.split(' - ') as [string, string]
    const [id, parent, , root, target, options, ...groups] = left.split(' ')
    const [type, source] = right.split(' ')
    const group = (name: string) =>
      Number(groups.find(each => each.startsWith(`${name}:`))?.slice(name.length + 1) ?? NaN) || null
    return { id: Number(id), parent: Number(parent), root: plainText(root!), target: plainText(target!),
      type: type!, source: plainText(source!), isReadOnly: options!.split(',').includes('ro'),
      shared: group('shared'), master: group('master') }
  })
}

const plainText = (field: string) => Buffer.from(field.replace(/\\(\d{3})/g,
  (_, octal: string) => String.fromCharCode(parseInt(octal, 8))), 'latin1').toString()

/** The number of a namespace; two processes with the same number have the same one. */
export function namespaceOf(pid?: number, kind = 'mnt'): bigint {
  const link = open(`/proc/${pid ?? 'thread-self'}/ns/${kind}`)
  const { ino } = link.stat()
  link.close()
  return ino
}

const newCalls = { openTree: 428, moveMount: 429 }   // on x64 and on arm64
const openTreeCall = bind('int open_tree(int at, const char *path, unsigned int flags)',
  { number: newCalls.openTree })
const moveMountCall = bind(
  'int move_mount(int from, const char *source, int to, const char *target, unsigned int flags)',
  { number: newCalls.moveMount })
const [AT_FDCWD, AT_RECURSIVE, OPEN_TREE_CLONE, MOVE_FROM_EMPTY] = [-100, 0x8000, 1, 4]

/**
 * Shows our `source` at `target`, an absolute path that is there, in the namespace of another process, with all that is mounted in it.
 */
export function lend(source: Path, whose: number | OpenFile, target: Path): void {
  const tree = new OpenFile(
    openTreeCall(AT_FDCWD, source, OPEN_TREE_CLONE | O_CLOEXEC | AT_RECURSIVE))
  try {
    visit(whose, () => moveMountCall(tree.fd, '', AT_FDCWD, target, MOVE_FROM_EMPTY))
  } finally {
    tree.close()
  }
}

const pivotCall = bind('int pivot_root(const char *root, const char *old)',
  { number: process.arch === 'arm64' ? 41 : 155 })
const chdirCall = bind('int chdir(const char *path)')

/** Makes a mount the root of this namespace. The old root, and all that is mounted in it, is out of reach then. */
export function changeRoot(root: Path): void {
  chdirCall(root)
  pivotCall('.', '.')   // the old root now lies over the new one
  unmount('.', { isLazy: true })
  chdirCall('/')
}

export interface ContainerOptions extends SpawnOptions {
  /** An empty folder over which the container's root is built. To everybody else it stays empty. */
  folder: string
  /** What the root is made of, the topmost folder first; `/` by default. */
  lower?: readonly string[]
  /** Folders of ours that are seen inside, by their path there, where they must exist. */
  lent?: Record<string, string>
}

/**
 * Starts a program in a container, below a shell that is process 1 there. Writes go to memory. EPERM without root's rights.
 */
export function startContained(
  command: string, args: readonly string[], { folder, lower = ['/'], lent = {}, ...options }: ContainerOptions,
): ChildProcess {
  return privately(() => {
    // build a root in memory over what there is
    mountMemory(folder)
    const [root, upper, work] = ['root', 'upper', 'work'].map(name => `${folder}/${name}`) as [string, string, string]
    for (const each of [root, upper, work]) mkdir(each)
    mountOverlay(root, { lower, upper, work })
    // bring in what is lent, and the harmless devices
    for (const [inside, source] of Object.entries(lent)) bindMount(source, `${root}${inside}`)
    mountMemory(`${root}/dev`)
    for (const name of ['null', 'zero', 'urandom']) {
      open(`${root}/dev/${name}`, O_WRONLY | O_CREAT).close()
      bindMount(`/dev/${name}`, `${root}/dev/${name}`)
    }
    changeRoot(root)
    return spawn('/bin/sh', ['-c', FIRST, 'sh', command, ...args], { ...options, cwd: '/' })
  }, { also: ['processes', 'hostname', 'ipc', 'network'] })
}

const FIRST = '[ $$ = 1 ] || exit 125; mount -t proc -o nosuid,nodev,noexec proc /proc && hostname container || exit 125; "$@"; exit $?'

/** A range of ids inside a user namespace, and the ids of the reader that it stands for. */
export interface IdRange { inside: number, outside: number, count: number }
const NOBODY = 65_534

/** How the users, or the groups, of a process's user namespace are numbered outside. */
export function idMap(pid: number | 'self', kind: 'uid' | 'gid' = 'uid'): IdRange[] {
  const table = open(`/proc/${pid}/${kind}_map`)
  const lines = table.readAll().toString().trim().split('\n')
  table.close()
  return lines.filter(line => line !== '').map(line => {
    const [inside, outside, count] = line.trim().split(/\s+/).map(Number) as [number, number, number]
    return { inside, outside, count }
  })
}

/** Who a user inside is outside; null if nobody. */
export function toOutside(map: readonly IdRange[], id: number): number | null {
  const range = map.find(({ inside, count }) => id >= inside && id < inside + count)
  return range === undefined ? null : range.outside + id - range.inside
}

/** As whom a user outside is seen inside: 65534 if the map does not have them. */
export function toInside(map: readonly IdRange[], id: number): number {
  const range = map.find(({ outside, count }) => id >= outside && id < outside + count)
  return range === undefined ? NOBODY : range.inside + id - range.outside
}
