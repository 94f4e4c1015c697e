// For tests: a process that dies, or a disk that is full, at a chosen one of its changes of the filesystem.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

/** `killed`: dies before the change. `torn`: dies in the middle of a write. `full`: from here on nothing can be written. */
export type Fault = 'killed' | 'torn' | 'full'

const changing = ['mkdirSync', 'writeFileSync', 'chmodSync', 'renameSync', 'rmSync', 'rmdirSync'] as const
type Changes = Record<string, (...args: unknown[]) => unknown>

/** No process has this number: it is above every `pid_max`. */
const deadPid = 2 ** 30

class Died extends Error {}

/**
 * Runs `work`, and its change number `at` (from 0) of a file below `folder` goes wrong. After a death nothing of
 * `work` has an effect any longer, so that what it leaves is what a killed process would leave.
 * Resolves to whether the fault was reached, and to what `work` threw because of it.
 */
export async function withFault(folder: string, fault: Fault, at: number, work: () => Promise<unknown>): Promise<{ isHit: boolean; error?: unknown }> {
  const real = { ...fs } as unknown as Changes
  const state = { count: 0, isHit: false }
  for (const name of changing) {
    ;(fs as unknown as Changes)[name] = (...args) => {
      if (state.isHit && fault !== 'full') throw new Died()
      if (!String(args[0]).startsWith(folder) || (fault !== 'killed' && name !== 'writeFileSync')) return real[name]!(...args)
      if (!state.isHit && state.count++ < at) return real[name]!(...args)
      state.isHit = true
      const [path, text] = args as [string, string]
      if (fault !== 'killed') real['writeFileSync']!(path, text.slice(0, text.length / 2))
      if (fault !== 'full') throw new Died()
      throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28, syscall: 'write' })
    }
  }
  const pid = process.pid
  Object.defineProperty(process, 'pid', { value: deadPid })
  syncBuiltinESMExports()
  try {
    await work()
    return { isHit: state.isHit }
  } catch (error) {
    if (!state.isHit) throw error
    return { isHit: true, error }
  } finally {
    Object.assign(fs, Object.fromEntries(changing.map((name) => [name, real[name]])))
    Object.defineProperty(process, 'pid', { value: pid })
    syncBuiltinESMExports()
  }
}
