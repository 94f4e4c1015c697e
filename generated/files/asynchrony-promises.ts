// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import type * as atomic from './atomic-write.ts'
import type * as fileHandle from './file-handle.ts'
import type * as operations from './folder-operations.ts'
import type * as copying from './folder-operations-copy.ts'
import type * as removing from './folder-operations-remove.ts'
import type * as metadata from './metadata.ts'
import type * as touching from './temporary-name-touch.ts'
import type * as walking from './walk.ts'
import { engine, within, type Limits } from './asynchrony.ts'
import { openAsync } from './asynchrony-file.ts'
import { eachLine, readable, readableStream, writableStream } from './asynchrony-stream.ts'
import { waiting } from './lock.ts'

/** Which functions of which module have a promise for a twin. */
const NAMES = {
  'file-handle': ['readFile', 'readString', 'writeFile'],
  'metadata': [
    'stat', 'lstat', 'filesize', 'filemode', 'mtime', 'ctime', 'uperm', 'gperm', 'operm',
    'isPath', 'isFile', 'isDir', 'isLink', 'isMount', 'isFifo', 'isSocket', 'isBlockDevice',
    'isCharDevice', 'isSetuid', 'isSetgid', 'isSticky',
  ],
  'folder-operations': [
    'mkdir', 'mkpath', 'unlink', 'rename', 'hardlink', 'symlink', 'readlink', 'realpath', 'samefile',
  ],
  'folder-operations-copy': ['cp', 'cptree', 'mv'],
  'folder-operations-remove': ['rm'],
  'walk': ['readdir'], 'atomic-write': ['atomicWrite'],
  'temporary-name-touch': ['touch', 'futime', 'chown', 'chmod', 'diskstat'],
} as const

interface Modules {
  'file-handle': typeof fileHandle, 'metadata': typeof metadata,
  'folder-operations': typeof operations, 'folder-operations-copy': typeof copying,
  'folder-operations-remove': typeof removing, 'walk': typeof walking
  'atomic-write': typeof atomic
  'temporary-name-touch': typeof touching
}

type Plain = string | number | boolean | ArrayBufferView | fileHandle.FileHandle
type Limited<T> = NonNullable<T> extends Plain ? T : T & Limits

/** The function as a promise; limits stand among its options, or after its arguments. */
export type Promised<F> = F extends (...args: infer A) => infer R
  ? (...args: [...{ [I in keyof A]: Limited<A[I]> }, limits?: Limits]) => Promise<R> : never
type Of<M extends keyof Modules> = {
  [N in (typeof NAMES)[M][number] & keyof Modules[M]]: Promised<Modules[M][N]>
}
type Twins = Of<'file-handle'> & Of<'metadata'> & Of<'folder-operations'> &
  Of<'folder-operations-copy'> & Of<'folder-operations-remove'> & Of<'walk'> &
  Of<'temporary-name-touch'> & Of<'atomic-write'>

const twins = Object.fromEntries(Object.entries(NAMES).flatMap(([module, names]) =>
  names.map(name => [name, twin(module, name)])))

/** The promise's version of a function that another module of this folder exports. */
export function twin<F>(module: string, name: string): Promised<F> {
  const call = (...args: unknown[]) => {
    const { rest, limits } = apart(args)
    const path = typeof rest[0] === 'string' ? rest[0] : undefined
    return within(limits, name, path, reins => engine().call(module, name, rest, reins))
  }
  return call as unknown as Promised<F>
}

/** Takes signal and time-out, which cannot cross to another thread, out of the last argument. */
function apart(args: readonly unknown[]): { rest: unknown[], limits: Limits } {
  const last = args.at(-1)
  if (last === null || typeof last !== 'object' || !('signal' in last || 'timeoutMs' in last)) {
    return { rest: [...args], limits: {} }
  }
  const { signal, timeoutMs, ...others } = last as Limits & object
  const kept = Object.keys(others).length > 0 ? [others] : []
  return { rest: [...args.slice(0, -1), ...kept], limits: { signal, timeoutMs } }
}

/** The files module with promises: the same names, and the event loop never waits. */
export const promises = {
  ...twins as unknown as Twins,
  open: openAsync, readable, readableStream, writableStream, eachLine,
  ...waiting,
}
