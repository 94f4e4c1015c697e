// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
import type { LogRecord } from '../patterns/append-log-reader.ts'
import { contentOf, DONE, line, NOTHING, printUnlessLeft, type Given, type Noun } from './message-bus-command-table.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Print the last records of the append log in the folder LOG.',
      words: ['LOG'],
      options: {
        limit: { about: 'so many (10; with --from or --follow all)', short: 'n', value: 'N' },
        from: { about: 'begin with record N', value: 'N' },
        follow: { about: 'go on with each that is written', short: 'f' },
        wait: { about: 'with --follow, end with 3 if none comes for so long', short: 'w', value: 'SECONDS' },
      },
      notes: ['A record that does not end with a line end gets one. --json tells the number of each: go on with ' +
        '--from and that number plus one. A number that is not there any more is an error, ENOENT.'],
      examples: [
        ['fcs tail orders.log -n 3', 'the last three records'],
        ['fcs tail orders.log --from "$next" --follow --json', 'what a consumer has not seen yet, and then the rest']],
      run: tail,
    },
  },
}

async function tail(given: Given): Promise<number> {
  const folder = given.words[0]!
  const [from, limit] = [given.count('from'), given.count('limit', 0)]
  const { Cursor, follow } = await import('../patterns/append-log-reader.ts')
  await mustBeLog(folder)
  let first = from
  const isLast = from === undefined && (limit !== undefined || !given.has('follow'))
  if (isLast) {
    const last = await lastOf(folder, limit ?? 10)
    if (!await showAll(last, given)) return DONE
    first = (last.at(-1)?.sequence ?? await endOf(folder)) + 1
    if (!given.has('follow')) return last.length === 0 ? NOTHING : DONE
  }
  let left = isLast ? Infinity : limit ?? Infinity
  if (!given.has('follow')) {
    const cursor = new Cursor(folder, { from: first })
    let count = 0
    for (let record; left-- > 0 && (record = cursor.next()) !== undefined;) {
      count++
      if (!await showAll([record], given)) break
    }
    return count === 0 ? NOTHING : DONE
  }
  // follow the log
  const waitMs = given.ms('wait') ?? Infinity
  const quiet = new AbortController()
  const wait = () => waitMs === Infinity ? undefined : setTimeout(() => quiet.abort(), waitMs)
  let timer = wait()
  try {
    for await (const record of follow(folder, { from: first, signal: quiet.signal })) {
      clearTimeout(timer)
      if (!await showAll([record], given) || --left <= 0) return DONE
      timer = wait()
    }
    return NOTHING
  } catch (error) {
    if (quiet.signal.aborted) return NOTHING
    throw error
  } finally {
    clearTimeout(timer)
  }
}

async function mustBeLog(folder: string): Promise<void> {
  const { segmentsIn } = await import('../patterns/append-log-segments.ts')
  const { SystemError } = await import('../foundations/kernel.ts')
  if (segmentsIn(folder).length > 0) return
  const { statIfThere } = await import('../foundations/file.ts')
  const isBus = [folder, `${folder}/..`].some(each => statIfThere(`${each}/log/topic`) !== null)
  const hint = isBus ? 'this is a bus of topics; fcs topic tail reads it' : 'there is no append log in this folder'
  throw new SystemError('ENOENT', 'open', { path: folder, hint })
}

async function lastOf(folder: string, count: number): Promise<LogRecord[]> {
  const { Cursor } = await import('../patterns/append-log-reader.ts')
  const { segmentsIn } = await import('../patterns/append-log-segments.ts')
  for (const from of segmentsIn(folder).reverse()) {
    const cursor = new Cursor(folder, { from })
    const last: LogRecord[] = []
    for (let record; (record = cursor.next()) !== undefined;) {
      last.push(record)
      if (last.length > count) last.shift()
    }
    cursor.close()
    if (last.length >= count || from === segmentsIn(folder)[0]) return last
  }
  return []
}

/** The number of the last record, 0 if there is none. */
async function endOf(folder: string): Promise<number> {
  const [last] = await lastOf(folder, 1)
  return last?.sequence ?? 0
}

async function showAll(records: readonly LogRecord[], given: Given): Promise<boolean> {
  for (const { sequence, bytes } of records) {
    const text = given.has('json')
      ? line({ sequence, ...contentOf(bytes) })
      : bytes.at(-1) === 10 ? bytes : Buffer.concat([bytes, Buffer.of(10)])
    if (!await printUnlessLeft(text)) return false
  }
  return true
}
