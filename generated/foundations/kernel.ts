// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import koffi from 'koffi'
import { isUtf8 } from 'node:buffer'
import { getSystemErrorMap } from 'node:util'

const libc = koffi.load(null)
const EINTR = koffi.os.errno['EINTR']!

/** A path or a name. Bytes where it is not valid UTF-8: to the kernel a name is bytes. */
export type Path = string | Uint8Array

/**
 * Makes a function of the C library callable: `bind('int fsync(int fd)')`. The function returns
 * what the kernel returned and throws a SystemError where the kernel refused. `retry: false` is for
 * a call that must not be made again after EINTR.
 * `number` is the system call's, where the C library has no function of that name. `expected` are
 * refusals that are answers: they are returned, as a negative errno.
 */
export function bind<P extends string>(
  prototype: P,
  { retry = true, number, expected = [] }:
    { retry?: boolean, number?: number, expected?: readonly string[] } = {},
): Call<P> {
  const answers = new Set(expected.map(code => lookUp(code).errno))
  const { name, parameters, declaration } = parse(prototype)
  let native: Native = (...passed) => (native = isKnown ? load(declaration, number) : refuse)(...passed)
  function call(...args: unknown[]): number {
    // refuse arguments that would arrive as something else
    if (args.length !== parameters.length) {
      throw new TypeError(`${name} takes ${parameters.length} arguments, not ${args.length}`)
    }
    const passed = args.map((value, i) => parameters[i]!.convert(value, parameters[i]!.name))
    let result
    do {
      // ask the kernel, or whoever stands in the door
      result = observers.length === 0
        ? answer(native, passed)
        : observe(0, name, args, () => answer(native, passed))
    } while (result === -EINTR && retry)
    // say what was refused
    if (result >= 0 || answers.has(result)) return result
    const [path, dest] = args.filter((value, i) => parameters[i]!.isPath && value !== '') as Path[]
    throw new SystemError(result, name, { path, dest })
  }
  return call as Call<P>
}

type Native = (...passed: unknown[]) => unknown

function answer(native: Native, passed: readonly unknown[]): number {
  const result = Number(native(...passed))
  return result === -1 ? -koffi.errno() : result
}

function load(declaration: string, number: number | undefined): Native {
  if (number === undefined) return libc.func(declaration)
  const byNumber = declaration.replace(/^\w+ \w+\(/, 'intptr_t syscall(long, ').replace(', void)', ')')
  return libc.func(byNumber).bind(null, number)
}

const isKnown = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch)

function refuse(): never {
  throw new Error(`this package calls the Linux kernel on x64 and arm64 directly, and this is ` +
    `${process.platform} on ${process.arch}; in a Linux container or virtual machine it runs`)
}

type Argument<P> =
  P extends `const char *${string}` ? Path :
  P extends `${string}*${string}` ? Uint8Array | null : number
type Arguments<List> =
  List extends `${infer First}, ${infer Rest}` ? [Argument<First>, ...Arguments<Rest>] :
  List extends 'void' ? [] : [Argument<List>]
type Call<P> = P extends `${string}(${infer List})` ? (...args: Arguments<List>) => number : never

interface Parameter {
  name: string
  isPath: boolean
  convert(value: unknown, name: string): unknown
}

function parse(prototype: string): { name: string, parameters: Parameter[], declaration: string } {
  const [, name, list] = /(\w+)\((.*)\)$/.exec(prototype) ?? []
  if (name === undefined) throw new Error(`bind takes a C prototype, not '${prototype}'`)
  const parameters = list === 'void' ? [] : list!.split(', ').map(text => {
    const [, type, parameter] = /^(.*?)(\w+)$/.exec(text)!
    const isPath = type === 'const char *'
    return { name: parameter!, isPath, convert: isPath ? toPath : converterFor(type!.trim()) }
  })
  // Koffi does not know these names, and to declare them would be to do it for the whole process.
  const declaration = prototype.replaceAll('ssize_t', 'intptr_t').replaceAll('off_t', 'int64_t')
    .replaceAll('mode_t', 'unsigned int')
  return { name, parameters, declaration }
}

const RANGES: Record<string, readonly [number, number]> = {
  'int': [-(2 ** 31), 2 ** 31 - 1],
  'unsigned int': [0, 2 ** 32 - 1],
  'mode_t': [0, 2 ** 32 - 1],
  'size_t': [0, Number.MAX_SAFE_INTEGER],
  'off_t': [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
}

function converterFor(type: string): (value: unknown, name: string) => unknown {
  if (type.endsWith('*')) return toMemory
  const range = RANGES[type]
  if (range === undefined) throw new Error(`bind knows no C type '${type}'`)
  const [min, max] = range
  return (value, name) => {
    if (Number.isInteger(value) && value as number >= min && value as number <= max) return value
    throw argumentError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "${name}" is out of range. ` +
      `It must be an integer >= ${min} && <= ${max}. Received ${String(value)}`)
  }
}

function toPath(value: unknown, name: string): unknown {
  const isBytes = value instanceof Uint8Array
  if (typeof value !== 'string' && !isBytes) {
    throw typeError(name, 'a string or a Uint8Array', value)
  }
  if (isBytes ? value.includes(0) : value.includes('\0')) {
    const received = pathText(value).replaceAll('\0', '\\x00')
    throw argumentError(TypeError, 'ERR_INVALID_ARG_VALUE',
      `The argument '${name}' must be a path without null bytes. Received '${received}'`)
  }
  return isBytes ? Buffer.concat([value, Buffer.of(0)]) : value
}

function toMemory(value: unknown, name: string): unknown {
  if (value === null || value instanceof Uint8Array) return value
  throw typeError(name, 'a Uint8Array or null', value)
}

function typeError(name: string, wanted: string, value: unknown): Error {
  return argumentError(TypeError, 'ERR_INVALID_ARG_TYPE',
    `The "${name}" argument must be ${wanted}. Received ${value === null ? 'null' : typeof value}`)
}

function argumentError(Kind: new (message: string) => Error, code: string, message: string): Error {
  return Object.assign(new Kind(message), { code })
}

/**
 * What an error may say beyond code and call. `hint` is what to try, and stands apart from the
 * message.
 */
export interface ErrorDetails {
  path?: Path | undefined
  dest?: Path | undefined
  hint?: string | undefined
}

/**
 * A refusal by the kernel, with the properties and the words of Node's own errors; `errno` is
 * negative as there.
 */
export class SystemError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: string
  declare readonly path?: string
  declare readonly dest?: string
  declare readonly hint?: string

  /** `error` is a code (`'ETIMEDOUT'`) or a negative errno (`-110`). */
  constructor(error: string | number, syscall: string, { path, dest, hint }: ErrorDetails = {}) {
    const { code, errno, words } = lookUp(error)
    const arrow = dest === undefined ? '' : ` -> '${pathText(dest)}'`
    const where = path === undefined ? '' : ` '${pathText(path)}'${arrow}`
    super(`${code}: ${words}, ${syscall}${where}`)
    this.name = 'SystemError'
    this.code = code
    this.errno = errno
    this.syscall = syscall
    if (path !== undefined) this.path = pathText(path)
    if (dest !== undefined) this.dest = pathText(dest)
    if (hint !== undefined) this.hint = hint
  }
}

const strerror = isKnown ? libc.func('const char *strerror(int errno)') : () => 'unknown error'
const nodeErrors = getSystemErrorMap()   // 20 µs a call, so once
// On Windows these are not the C library's: Node has numbers of its own there (ENOENT is -4058).
const numbers = new Map(Array.from(nodeErrors, ([number, [code]]) => [code, -number]))

function lookUp(error: string | number): { code: string, errno: number, words: string } {
  const number = typeof error === 'number' ? -error : (numbers.get(error) ?? koffi.os.errno[error])
  if (number === undefined) throw new Error(`no error is called '${error}'`)
  const known = nodeErrors.get(-number)
  if (known !== undefined) return { code: known[0], errno: -number, words: known[1] }
  const names = Object.keys(koffi.os.errno)
  const code = names.find(name => koffi.os.errno[name] === number) ?? `E${number}`
  const words: string = strerror(number)
  return { code, errno: -number, words: words.charAt(0).toLowerCase() + words.slice(1) }
}

/** A path as a message shows it: bytes that are not UTF-8 appear as `\xff`. */
export function pathText(path: Path): string {
  if (typeof path === 'string') return path
  if (isUtf8(path)) return Buffer.from(path).toString()
  return Array.from(path, byte =>
    byte < 0x80 ? String.fromCharCode(byte) : `\\x${byte.toString(16)}`).join('')
}

/**
 * Sees a call that is about to be made. `proceed()` makes it and returns the kernel's answer: a
 * result, or a negative errno. What the observer returns is the answer that the caller gets; it may
 * throw instead.
 */
export type Observer = (syscall: string, args: readonly unknown[], proceed: () => number) => number

let observers: readonly Observer[] = []

/**
 * Puts `observer` into the door, in front of those that stand there. Returns the function that
 * takes it out.
 */
export function tap(observer: Observer): () => void {
  const place: Observer = (...call) => observer(...call)
  observers = [place, ...observers]
  return () => { observers = observers.filter(other => other !== place) }
}

function observe(i: number, name: string, args: readonly unknown[], kernel: () => number): number {
  const observer = observers[i]
  if (observer === undefined) return kernel()
  return observer(name, args, () => observe(i + 1, name, args, kernel))
}
