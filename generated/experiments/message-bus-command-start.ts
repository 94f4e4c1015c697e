// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { OpenFile } from '../foundations/file.ts'
import { bind, SystemError } from '../foundations/kernel.ts'
import { SIGNALLED } from './message-bus-command-table.ts'

const spawnCall = bind(
  'int posix_spawnp(void *pid, const char *program, void *actions, void *attributes, void *args, void *env)')
const initActions = bind('int posix_spawn_file_actions_init(void *actions)')
const addCopy = bind('int posix_spawn_file_actions_adddup2(void *actions, int fd, int as)')
const destroyActions = bind('int posix_spawn_file_actions_destroy(void *actions)')
const initAttributes = bind('int posix_spawnattr_init(void *attributes)')
const setFlags = bind('int posix_spawnattr_setflags(void *attributes, int flags)')
const setDefault = bind('int posix_spawnattr_setsigdefault(void *attributes, void *signals)')
const waitCall = bind('int waitpid(int pid, void *status, int options)')

export interface Started {
  pid: number
  /** Resolves to its exit status, 128 + n if signal n ended it. Until then its number is its own. */
  ended: Promise<number>
}

/**
 * Starts a program, which is looked for in PATH, with these open descriptors of ours as its 0, 1, 2, …
 * `env` is what it finds in its environment besides ours. ENOENT, EACCES, E2BIG as execve(2).
 */
export function start(command: readonly string[], descriptors: readonly number[], env: NodeJS.ProcessEnv = {}): Started {
  try {
    const pid = spawn(command, descriptors, { ...process.env, ...env })
    return { pid, ended: endOf(pid) }
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'ENOEXEC')) throw error
    // A script that does not say whose it is belongs to the shell: execvp(3) has it so, and posix_spawnp(3) does not.
    return start(['sh', '-c', 'exec "$0" "$@"', ...command], descriptors, env)
  }
}

/** More than either has in any C library: 80 and 336 bytes on x86-64. */
const [ACTIONS_SIZE, ATTRIBUTES_SIZE, SIGNALS_SIZE] = [512, 512, 128]
const POSIX_SPAWN_SETSIGDEF = 4

function spawn([program, ...args]: readonly string[], descriptors: readonly number[], env: NodeJS.ProcessEnv): number {
  const [pid, actions, attributes] = [4, ACTIONS_SIZE, ATTRIBUTES_SIZE].map(size => Buffer.alloc(size)) as [Buffer, Buffer, Buffer]
  const copies: OpenFile[] = []
  initActions(actions)
  try {
    for (const [place, fd] of descriptors.entries()) {
      const copy = new OpenFile(fd).duplicate()
      copies.push(copy)
      addCopy(actions, copy.fd, place)
    }
    // give it back the signals that Node ignores
    const signals = Buffer.alloc(SIGNALS_SIZE)
    for (const number of [SIGPIPE, SIGXFSZ]) signals[(number - 1) >> 3]! |= 1 << ((number - 1) & 7)
    initAttributes(attributes)
    setDefault(attributes, signals)
    setFlags(attributes, POSIX_SPAWN_SETSIGDEF)
    const pairs = Object.entries(env).map(([name, value]) => `${name}=${value}`)
    const error = spawnCall(pid, program!, actions, attributes, strings([program!, ...args]), strings(pairs))
    if (error !== 0) throw new SystemError(-error, 'posix_spawnp', { path: program })
  } finally {
    destroyActions(actions)
    for (const copy of copies) copy.close()
  }
  return pid.readInt32LE()
}

const [SIGPIPE, SIGXFSZ] = [13, 25]

/** An array of C strings as `argv` is one: their addresses, a null, and behind it the strings themselves. */
function strings(texts: readonly string[]): Buffer {
  const tail = Buffer.from(texts.map(text => `${text}\0`).join(''))
  const head = 8 * (texts.length + 1)
  const bytes = Buffer.concat([Buffer.alloc(head), tail])
  let address = koffi.address(bytes) + BigInt(head)
  for (const [i, text] of texts.entries()) {
    bytes.writeBigUInt64LE(address, 8 * i)
    address += BigInt(Buffer.byteLength(text) + 1)
  }
  return bytes
}

const WNOHANG = 1

function endOf(pid: number): Promise<number> {
  return new Promise(resolve => {
    const status = Buffer.alloc(4)
    const look = () => {
      if (waitCall(pid, status, WNOHANG) !== pid) return
      process.off('SIGCHLD', look)
      clearInterval(timer)
      const [signal, code] = [status[0]! & 0x7f, status[1]!]
      resolve(signal === 0 ? code : SIGNALLED + signal)
    }
    const timer = setInterval(look, 1000)
    process.on('SIGCHLD', look)
    look()
  })
}
