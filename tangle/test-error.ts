// A failed test's error as text: what was expected, and the frames of the stack that are the book's own.
import { sep } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Told {
  message: string
  /** `file:line:column` of the first frame, relative to the root. */
  at?: string
  /** The difference and the frames, one line each. */
  lines: string[]
}

interface AnyError extends Error {
  details?: unknown
  actual?: unknown
}

const place = /(?:\(|at )((?:file:\/\/)?\/[^()]*:\d+:\d+)\)?$/

/** Needs Node's source maps to be on; then the frames name chapters. */
export function tellError(error: AnyError, root: string, isHidden: (file: string) => boolean = () => false): Told {
  const message = error.message || error.name
  const stack = error.stack ?? ''
  const begin = stack.indexOf(message)
  const frames = framesOf(begin < 0 ? stack : stack.slice(begin + message.length), root, isHidden)
  const lines = [...differenceOf(error), ...frames.map(({ line }) => line)]
  if (error.cause instanceof Error) {
    const cause = tellError(error.cause, root, isHidden)
    lines.push(`caused by: ${cause.message}`, ...cause.lines)
  }
  const own = frames.find(({ at }) => at !== undefined)?.at
  return { message: name(error) + message, lines, ...(own !== undefined && { at: own }) }
}

function name(error: AnyError): string {
  return error.name === 'Error' || error.name.startsWith('Assertion') || !error.message ? '' : `${error.name}: `
}

/** uvu's difference; where it has none, at least what there was. */
function differenceOf({ name, details, actual }: AnyError): string[] {
  if (typeof details === 'string') return details.split('\n').filter((line, i, all) => line !== '' || i < all.length - 1)
  const isMatch = name.startsWith('Assertion') && details === false && typeof actual === 'string'
  return isMatch ? ['actual:', ...actual.split('\n').map((line) => `  ${line}`)] : []
}

/** Frames of Node and of installed packages tell nothing about the book. */
function framesOf(stack: string, root: string, isHidden: (file: string) => boolean): { line: string; at?: string }[] {
  const frames: { line: string; at?: string }[] = []
  for (const raw of stack.split('\n')) {
    const line = raw.trim()
    if (!line.startsWith('at ')) continue
    const where = place.exec(line)?.[1]
    if (where === undefined) continue
    const path = where.startsWith('file:') ? pathOf(where) : where
    const at = path.startsWith(root + sep) ? path.slice(root.length + 1) : undefined
    if (path.includes('/node_modules/') || isHidden(path)) continue
    frames.push({ line: line.replace(where, at ?? path), ...(at !== undefined && { at }) })
  }
  return frames
}

function pathOf(where: string): string {
  const [, url, position] = /^(.*?)(:\d+:\d+)$/.exec(where)!
  return fileURLToPath(url!) + position!
}
