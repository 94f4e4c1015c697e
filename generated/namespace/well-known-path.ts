// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
import {
  open, OpenFile, O_CLOEXEC, O_CREAT, O_NOFOLLOW, O_NONBLOCK, O_PATH, O_RDWR, type Stat,
} from '../foundations/file.ts'
import { bind, SystemError, type Path } from '../foundations/kernel.ts'
import { list } from '../foundations/name.ts'

const [OTHERS_WRITE, STICKY] = [0o022, 0o1000]

/** Why somebody else than root and `uid` could have put this thing into this folder, or null. */
function objection(thing: Stat, folder: Stat, uid: number): string | null {
  if (thing.uid !== 0 && thing.uid !== uid) return `it belongs to user ${thing.uid}`
  if ((folder.mode & OTHERS_WRITE) === 0) return null
  if ((folder.mode & STICKY) === 0) return 'others may write in its folder, and replace it'
  if (thing.type !== 'directory') return `others may write in its folder, and a ${thing.type} can be moved there`
  if ((thing.mode & OTHERS_WRITE) !== 0) return 'others may write in both, so it can be moved there'
  return null
}

export interface TrustOptions {
  /** How to open what the path leads to; O_PATH by default. */
  flags?: number
  /** Who is trusted besides root; this process's effective user by default. */
  uid?: number
}

/**
 * Opens what an absolute path leads to, unless somebody else could have led it there: EACCES, with
 * the step as `path` and the reason as `hint`. Otherwise fails as open(2), naming the step.
 */
export function openTrusted(path: string, options: TrustOptions = {}): OpenFile {
  const { flags = O_PATH, uid = process.geteuid!() } = options
  if (!path.startsWith('/')) throw refusal('EINVAL', path, 'a well-known path begins with /')
  let names = namesOf(path)
  const way = [walkTo('/')]
  try {
    refuse(way[0]!, way[0]!, uid)
    for (let links = 0; names.length > 0;) {
      const name = names.shift()!
      // go one folder back
      if (name === '..') {
        if (way.length > 1) way.pop()!.file.close()
        continue
      }
      const here = way.at(-1)!
      const step = walkTo(name, here)
      // hold the step in hand, and refuse what others could have put there
      way.push(step)
      refuse(step, here, uid)
      // walk over a link
      if (step.stat.type === 'symlink') {
        if (++links > LINKS_MAX) throw refusal('ELOOP', path, `more than ${LINKS_MAX} links`)
        const text = Buffer.alloc(PATH_MAX)
        const size = readlinkatCall(step.file.fd, '', text, PATH_MAX)
        way.pop()!.file.close()
        if (text[0] === SLASH) for (const { file } of way.splice(1)) file.close()
        names = [...namesOf(text.subarray(0, size).toString()), ...names]
      }
    }
    return take(way.at(-1)!.file, flags)
  } finally {
    for (const { file } of way) file.close()
  }
}

interface Step { file: OpenFile, path: string, stat: Stat }
const namesOf = (path: Path) => String(path).split('/').filter(name => name !== '' && name !== '.')
const refusal = (code: string, path: string, hint: string) => new SystemError(code, 'openTrusted', { path, hint })

const readlinkatCall = bind('ssize_t readlinkat(int at, const char *path, void *buffer, size_t size)')
const [LINKS_MAX, PATH_MAX, SLASH] = [40, 4096, 0x2f]

function walkTo(name: string, from?: Step): Step {
  const path = from === undefined ? '/' : `${from.path === '/' ? '' : from.path}/${name}`
  try {
    const file = open(name, O_PATH | O_NOFOLLOW, 0, from?.file)
    return { file, path, stat: file.stat() }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    throw new SystemError(error.errno, 'openTrusted', { path })
  }
}

function refuse({ stat, path }: Step, folder: Step, uid: number): void {
  const reason = objection(stat, folder.stat, uid)
  if (reason !== null) throw refusal('EACCES', path, `${reason}; only root and user ${uid} are trusted`)
}

/** Opens the very thing a second time, for more than its name: by /proc's link to it. */
function take(file: OpenFile, flags: number): OpenFile {
  return flags === O_PATH ? file.duplicate() : open(`/proc/self/fd/${file.fd}`, flags)
}

export type Purpose = 'runtime' | 'lock' | 'temporary' | 'state'
/** A place of the convention. `refusal` is null if it is there, and only ours or made for all. */
export interface Candidate { path: string, by: string, refusal: string | null }
type Environment = Record<string, string | undefined>
type Rule = readonly [by: string, path: (env: Environment, uid: number) => string | undefined]

const at = (path: string): Rule => ['convention', () => path]
const named = (name: string): Rule => [name, env => env[name]]
const home: Rule = ['HOME', env => env['HOME'] && `${env['HOME']}/.local/state`]
const login: Rule = ['convention', (_env, uid) => `/run/user/${uid}`]

const RULES: Record<Purpose, { root: readonly Rule[], user: readonly Rule[] }> = {
  runtime: { root: [at('/run')], user: [login, named('XDG_RUNTIME_DIR')] },
  lock: { root: [at('/run/lock')], user: [login, named('XDG_RUNTIME_DIR'), at('/run/lock')] },
  temporary: { root: [at('/tmp'), at('/var/tmp')], user: [named('TMPDIR'), at('/tmp'), at('/var/tmp')] },
  state: { root: [at('/var/lib')], user: [named('XDG_STATE_HOME'), home] },
}

/** The places for a purpose, in the order of the convention, each with why it cannot be used. */
export function candidates(
  purpose: Purpose, { env = process.env, uid = process.geteuid!() }: { env?: Environment, uid?: number } = {},
): Candidate[] {
  return RULES[purpose][uid === 0 ? 'root' : 'user'].flatMap(([by, rule]) => {
    const path = rule(env, uid)
    return path === undefined || path === '' ? [] : [{ path, by, refusal: whyNot(path, uid) }]
  })
}

function whyNot(path: string, uid: number): string | null {
  try {
    const place = openTrusted(path, { uid })
    const { type, mode, uid: owner } = place.stat()
    place.close()
    if (type !== 'directory') return `it is a ${type} and no folder`
    if (owner !== uid && (mode & STICKY) === 0) return 'it is not ours to write in'
    return null
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return error.hint ?? error.code
  }
}

const [SEAT, TOLD] = [{ start: 0, length: 1 }, { start: 1, length: 1 }]

/**
 * Says that `name` is to be found at `address`, one line, for as long as the returned file is open.
 * EEXIST if a living process says so already. The folder is trusted, by `openTrusted` or otherwise.
 */
export function advertise(folder: string, name: string, address: string): OpenFile {
  checkEntry(name, address)
  const path = `${folder}/${name}`
  const entry = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644)
  try {
    if (!entry.tryLock(SEAT)) {
      throw new SystemError('EEXIST', 'advertise', { path, hint: 'a living process has this name' })
    }
    entry.truncate(0)
    entry.writeAll(Buffer.from(`${address}\n`), 0)
    entry.tryLock(TOLD)   // who has the seat has this, too
    return entry
  } catch (error) {
    entry.close()
    throw error
  }
}

function checkEntry(name: string, address: string): void {
  if (!/^[^./\n][^/\n]*$/.test(name)) throw new RangeError(`'${name}' is no name for an entry`)
  if (!/^[^\n]+$/.test(address)) throw new RangeError('an address is one line that is not empty')
}

/** Where `name` is to be found now, or null. Fails as open(2), but for ENOENT. */
export function addressOf(folder: string, name: string): string | null {
  let entry
  try {
    entry = open(`${folder}/${name}`, O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (error instanceof SystemError && ['ENOENT', 'ELOOP', 'ENXIO'].includes(error.code)) return null
    throw error
  }
  try {
    if (entry.stat().type !== 'file' || !entry.isLocked(TOLD)) return null
    return /^(.+)\n/.exec(entry.readAll().toString())?.[1] ?? null
  } finally {
    entry.close()
  }
}

/** All that is advertised in the folder now: names and addresses. */
export function* addresses(folder: string): Generator<[name: string, address: string], void, undefined> {
  for (const { name } of list(folder)) {
    const address = typeof name === 'string' ? addressOf(folder, name) : null
    if (address !== null) yield [name as string, address]
  }
}

const socketCall = bind('int socket(int domain, int type, int protocol)')
const bindCall = bind('int bind(int fd, const void *address, unsigned int length)', { expected: ['EADDRINUSE'] })
const connectCall = bind('int connect(int fd, const void *address, unsigned int length)')
const optionCall = bind('int getsockopt(int fd, int level, int option, void *value, void *length)')
const [AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_PEERCRED, SUN_PATH] = [1, 1, 1, 17, 108]

/** A path, or a name that stands in no folder. */
export type SocketPlace = string | { abstract: string }

function addressBytes(place: SocketPlace): Buffer {
  const text = Buffer.from(typeof place === 'string' ? `${place}\0` : `\0${place.abstract}`)
  if (text.length > SUN_PATH) {
    throw new SystemError('ENAMETOOLONG', 'connect', { hint: 'a socket name has 107 bytes' })
  }
  return Buffer.concat([Buffer.of(AF_UNIX, 0), text])
}

/** Holds an abstract name for as long as the returned file is open; null if somebody holds it. */
export function claimAbstract(name: string): OpenFile | null {
  const address = addressBytes({ abstract: name })
  const socket = new OpenFile(socketCall(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0))
  if (bindCall(socket.fd, address, address.length) >= 0) return socket
  socket.close()
  return null
}

/** The abstract names that are held in this network namespace, with @ for each NUL in them. */
export function abstractNames(): string[] {
  const table = open('/proc/net/unix')
  const lines = table.readAll().toString().split('\n')
  table.close()
  return lines.flatMap(line => / @(.+)$/.exec(line)?.[1] ?? [])
}

/** Who calls himself what the kernel says: the process that called `listen`, and its user. */
export interface Listener { pid: number, uid: number, gid: number }

/** Connects, asks the kernel who listens there, and hangs up. ECONNREFUSED: nobody does. */
export function whoListens(place: SocketPlace): Listener {
  const address = addressBytes(place)
  const socket = new OpenFile(socketCall(AF_UNIX, SOCK_STREAM | O_CLOEXEC, 0))
  try {
    connectCall(socket.fd, address, address.length)
    const credentials = Buffer.alloc(12)   // struct ucred
    optionCall(socket.fd, SOL_SOCKET, SO_PEERCRED, credentials, Buffer.of(12, 0, 0, 0))
    const [pid, uid, gid] = [0, 4, 8].map(offset => credentials.readUInt32LE(offset))
    return { pid: pid!, uid: uid!, gid: gid! }
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    const path = typeof place === 'string' ? place : `@${place.abstract}`
    throw new SystemError(error.errno, error.syscall, { path })
  } finally {
    socket.close()
  }
}
