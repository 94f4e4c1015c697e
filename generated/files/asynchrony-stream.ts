// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import type { OpenOptions } from '../platforms/platform.ts'
import { AsyncFile, openAsync } from './asynchrony-file.ts'
import type { OpenMode } from './file-handle.ts'

/** Which part of a file to read, and in what pieces. `end` is the first byte that is left out. */
export interface ReadableOptions {
  start?: number | undefined
  end?: number | undefined
  /** Bytes in a piece, the last one excepted; default 65,536. */
  chunkSize?: number | undefined
  signal?: AbortSignal | undefined
}

/** The bytes of a file, piece by piece; each piece is the receiver's own. A path is opened and closed. */
export async function* readable(
  source: Path | AsyncFile, options: ReadableOptions = {},
): AsyncGenerator<Buffer, void, undefined> {
  const { start, end = Infinity, chunkSize = 65_536, signal } = options
  const file = source instanceof AsyncFile ? source : await openAsync(source, 'r', { signal })
  const isPlain = start === undefined && end === Infinity   // a pipe has no positions
  try {
    // one piece is read while the last is used
    let at = start ?? 0
    const next = () => {
      const size = Math.min(chunkSize, end - at)
      const place = isPlain ? undefined : at
      const piece = size <= 0 ? undefined : file.read(size, place, { signal })
      piece?.catch(() => {})   // told when it is asked for
      at += chunkSize
      return piece
    }
    for (let coming = next(); coming !== undefined;) {
      const piece = await coming
      if (piece.length === 0) return
      coming = piece.length < chunkSize ? undefined : next()
      yield piece
    }
  } finally {
    if (file !== source) await file.close()
  }
}

/** The same as a web stream: nothing is read before it is asked for. */
export function readableStream(
  source: Path | AsyncFile, options: ReadableOptions = {},
): ReadableStream<Uint8Array> {
  const pieces = readable(source, options)
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await pieces.next()
      if (done) controller.close()
      else controller.enqueue(value)
    },
    async cancel() { await pieces.return() },
  }, { highWaterMark: 0 })
}

/** A web stream into a file, one write at a time: whoever writes faster is told to wait. */
export function writableStream(
  target: Path | AsyncFile, how: OpenMode | OpenOptions = 'w',
): WritableStream<string | Uint8Array> {
  let file: AsyncFile
  const close = async () => { if (file !== target) await file.close() }
  return new WritableStream({
    async start() { file = target instanceof AsyncFile ? target : await openAsync(target, how) },
    async write(chunk) { await file.write(chunk) },
    close,
    abort: close,
  })
}

/** The lines of a text file, without their ends (\n or \r\n). `keep` leaves them on. */
export async function* eachLine(
  source: Path | AsyncFile, { keep = false, ...options }: ReadableOptions & { keep?: boolean } = {},
): AsyncGenerator<string, void, undefined> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let rest = ''
  const cut = (line: string) => keep ? line : line.replace(/\r?\n$/, '')
  for await (const piece of readable(source, options)) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split(/(?<=\n)/)
    rest = lines.at(-1)!.endsWith('\n') ? '' : lines.pop()!
    for (const line of lines) yield cut(line)
  }
  rest += decoder.decode()
  if (rest !== '') yield cut(rest)
}
