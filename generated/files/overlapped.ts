// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from '../foundations/kernel.ts'
import type { OpenOptions } from '../platforms/platform.ts'
import { WindowsFile } from '../platforms/windows-file.ts'
import { openingOf } from '../platforms/windows-open.ts'
import { readOverlapped, writeOverlapped } from '../platforms/windows-overlapped.ts'
import { ThreadEngine } from './asynchrony-threads.ts'
import { Held, provide, type Engine, type Reins } from './asynchrony.ts'

/** What never waits, and knows the file's place or locks: done where they are kept. */
const AT_ONCE = new Set(['seek', 'tryLock', 'unlock'])

/** Windows' engine: transfers at the completion port, and threads for what has no overlapped form. */
export class OverlappedEngine implements Engine {
  readonly name: 'overlapped' | 'threads'
  readonly #threads = new ThreadEngine()
  readonly #files = new WeakMap<Held, WindowsFile>()

  /** With 'threads' they transfer, too, and there is no port. */
  constructor(name: 'overlapped' | 'threads' = 'overlapped') { this.name = name }

  async open(path: Path, options: OpenOptions, reins?: Reins): Promise<Held> {
    const held = await this.#threads.open(path, options, reins)
    const { read, write, append } = openingOf(options)
    this.#files.set(held, new WindowsFile(held.handle,
      { place: 0, readable: read, writable: write, append, holders: 1, locks: [] }))
    return held
  }

  // transfer at a place, or at the file's own
  read(held: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    return this.#transfer('read', held, bytes, position, reins)
  }

  write(held: Held, bytes: Uint8Array, position: number, reins?: Reins): Promise<number> {
    return this.#transfer('write', held, bytes, position, reins)
  }

  async #transfer(
    syscall: 'read' | 'write', held: Held, bytes: Uint8Array, position: number, reins?: Reins,
  ): Promise<number> {
    if (reins?.reason !== undefined) throw reins.reason
    const file = this.#file(held, syscall)
    const { description } = file
    if (!(syscall === 'read' ? description.readable : description.writable)) {
      throw refusal(held, position === -1 ? syscall : `p${syscall}`)
    }
    const stop = new AbortController()
    if (reins !== undefined) reins.cancel = reason => stop.abort(reason)
    held.running++
    try {
      const at = position === -1 ? description.place : position
      const count = await this.#move(syscall, file, bytes, at, stop.signal, reins)
      if (position === -1) description.place += count
      return count
    } catch (error) {
      throw error instanceof SystemError && held.path !== undefined && error.path === undefined
        ? new SystemError(error.code, error.syscall, { path: held.path })
        : error
    } finally {
      held.release()
    }
  }
  #move(
    syscall: 'read' | 'write', file: WindowsFile, bytes: Uint8Array, at: number, signal: AbortSignal, reins?: Reins,
  ): Promise<number> {
    if (this.name === 'threads') {
      return this.#threads[syscall](new Held(file.handle), bytes, file.description.append ? -1 : at, reins)
    }
    return (syscall === 'read' ? readOverlapped : writeOverlapped)(file, bytes, at, { signal })
  }

  #file(held: Held, syscall: string): WindowsFile {
    const file = this.#files.get(held)
    if (file === undefined || held.handle === -1) throw refusal(held, syscall)
    return file
  }
  // let a thread wait for the rest
  async sync(held: Held, dataOnly: boolean, reins?: Reins): Promise<void> {
    await this.ask(held, dataOnly ? 'datasync' : 'sync', [], reins)
  }

  async ask(held: Held, method: string, args: readonly unknown[], reins?: Reins): Promise<unknown> {
    const file = this.#file(held, method)
    if (AT_ONCE.has(method)) return (file as never as Record<string, (...args: readonly unknown[]) => unknown>)[method]!(...args)
    const { readable, writable, append } = file.description
    held.running++
    try {
      return await this.call('overlapped-ask', 'ask', [held.handle, { readable, writable, append }, method, args], reins)
    } finally {
      held.release()
    }
  }

  call(module: string, name: string, args: readonly unknown[], reins?: Reins): Promise<unknown> {
    return this.#threads.call(module, name, args, reins)
  }

  async close(held: Held): Promise<void> {
    const file = this.#files.get(held)
    held.handle = -1
    await held.idle()
    file?.close()
  }

  end(): Promise<void> { return this.#threads.end() }
}

if (process.platform === 'win32') {
  provide('threads', () => new OverlappedEngine('threads'))
  provide('overlapped', () => new OverlappedEngine())
}

function refusal(held: Held, syscall: string): SystemError {
  const hint = held.handle === -1 ? 'this file was closed' : undefined
  return new SystemError('EBADF', syscall, { path: held.path, hint })
}
