// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'

/** An error as it crosses from one thread to another, where its class would get lost. */
export type Packed = { system: true, errno: number, syscall: string, details: object } |
  { system: false, name: string, message: string, stack: string | undefined, code: unknown }

export function pack(error: unknown): Packed {
  if (error instanceof SystemError) {
    const { errno, syscall, path, dest, hint } = error
    return { system: true, errno, syscall, details: { path, dest, hint } }
  }
  const { name, message, stack, code } = error as Error & { code?: unknown }
  return { system: false, name, message, stack, code }
}

export function unpack(packed: Packed): Error {
  if (packed.system) return new SystemError(packed.errno, packed.syscall, packed.details)
  const { name, message, stack, code } = packed
  const Kind = ({ TypeError, RangeError } as Record<string, ErrorConstructor>)[name] ?? Error
  return Object.assign(new Kind(message), { stack }, code !== undefined && { code })
}
