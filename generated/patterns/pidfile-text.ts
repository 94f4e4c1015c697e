// Told in chapters/03-patterns-and-idioms/10-pidfile.md. Edit it there, or edit here and stitch.
import { hostname } from 'node:os'
import { open } from '../foundations/file.ts'
import { SystemError, pathText } from '../foundations/kernel.ts'
import { readlink } from '../foundations/name.ts'

/** What a pidfile says. The last three are empty in files of other programs. `pid` is 0 where there is none. */
export interface PidText {
  pid: number, hostname: string
  /** Ticks since boot: /proc/PID/stat, field 22. A pid that is used again has another. */
  startTime: string
  /** /proc/sys/kernel/random/boot_id */
  bootId: string
  /** The number of the pid namespace: the same pid is another process in another container. */
  pidNamespace: string
}

/** Takes any text. A pid that is negative, too large or no number is 0, which no process has. */
export function parsePidText(text: string): PidText {
  const [, digits = '', rest = ''] = /^(\S*)(?: (.*))?$/s.exec(text) ?? []
  const pid = /^\d{1,10}$/.test(digits) && Number(digits) < 2 ** 32 ? Number(digits) : 0
  const own = /^(\S*) (\d+) ([0-9a-f-]{36}) (\d+)\n$/.exec(rest)
  const [, host = rest, startTime = '', bootId = '', pidNamespace = ''] = own ?? []
  return { pid, hostname: host, startTime, bootId, pidNamespace }
}

export function formatPidText({ pid, hostname, startTime, bootId, pidNamespace }: PidText): string {
  return `${pid} ${hostname} ${startTime} ${bootId} ${pidNamespace}\n`
}

/** What a file of the process `pid` says. ESRCH if there is none, or only a zombie. */
export function describe(pid: number): PidText {
  const found = processOf(pid)
  if (found === null || found.isDead) throw new SystemError('ESRCH', 'kill')
  return { pid, hostname: hostname(), startTime: found.startTime, bootId: bootId(), pidNamespace: pidNamespace() }
}

let boot: string | undefined
/** Which run of the machine this is. */
export const bootId = () => boot ??= read('/proc/sys/kernel/random/boot_id').trim()

const pidNamespace = () => pathText(readlink('/proc/self/ns/pid')).replace(/\D/g, '')

function read(path: string): string {
  const file = open(path)
  try {
    return file.readAll().toString()
  } finally {
    file.close()
  }
}

function processOf(pid: number): { isDead: boolean, startTime: string } | null {
  try {
    // The name stands in parentheses and may contain any; the fields begin behind the last one.
    const fields = read(`/proc/${pid}/stat`).replace(/^.*\) /s, '').split(' ')
    return { isDead: /[ZXx]/.test(fields[0]!), startTime: fields[19]! }
  } catch (error) {
    if (error instanceof SystemError && ['ENOENT', 'ESRCH'].includes(error.code)) return null
    throw error
  }
}

/** Whether the process that the text names may be alive and may have written it, at `writtenMs` (since 1970). */
export function isValidPid(text: Pick<PidText, 'pid' | 'hostname'> & Partial<PidText>, writtenMs = Infinity): boolean {
  if (text.hostname !== '' && text.hostname !== hostname()) return true
  if (text.bootId && text.bootId !== bootId()) return false
  if (text.pidNamespace && text.pidNamespace !== pidNamespace()) return true
  if (text.pid <= 0 || text.pid >= 2 ** 31) return false
  const found = processOf(text.pid)
  if (found === null || found.isDead) return false
  if (text.startTime) return text.startTime === found.startTime
  return bootedMs() + Number(found.startTime) * MS_A_TICK <= writtenMs + SLACK_MS
}

const bootedMs = () => Number(/^btime (\d+)/m.exec(read('/proc/stat'))![1]) * 1000
const [MS_A_TICK, SLACK_MS] = [10, 2000]   // btime is in whole seconds, and clocks are set
