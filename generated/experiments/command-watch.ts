// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
import type { Path } from '../foundations/kernel.ts'
import type { Inotify, InotifyEvent } from '../primitives/inotify.ts'
import { DONE, line, NOTHING, printUnlessLeft, type Given, type Noun } from './message-bus-command-table.ts'

export const EVENTS = ['create', 'write', 'modify', 'attrib', 'rename', 'delete', 'gone', 'overflow'] as const
export type EventName = typeof EVENTS[number]

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Tell what happens to each PATH; of a folder, what happens in it.',
      words: ['PATH…'],
      options: {
        once: { about: 'end after the first event', short: '1' },
        timeout: { about: 'end with 3 if nothing happens for so long', short: 'w', value: 'SECONDS' },
        debounce: { about: 'a line for each name, when it was quiet for so long', short: 'd', value: 'SECONDS' },
        only: { about: 'tell only these, separated by commas', short: 'e', value: 'EVENTS' },
        ready: { about: 'say "ready" when nothing is missed any more', short: 'r' },
      },
      // say what the events are
      notes: [
        'The events are create, write (closed after writing), modify (each write; only if asked for with --only), ' +
        'attrib (mode, owner or times), rename, delete, gone (the watched thing itself) and overflow (the kernel ' +
        'has dropped some: look for yourself).',
        'A line has the event, the path, and for a rename the new path. A rename out of the folder is a delete, ' +
        'and one into it a create. Folders below are not watched.'],
      examples: [
        ['fcs watch incoming --once --timeout 60 && sh report.sh', 'waits for the next change'],
        ['fcs watch src --debounce 0.2 | while read -r line; do make; done', 'not once for each of ten files'],
        ['fcs watch incoming --only write,create --json | jq -r .path', 'for scripts, whatever is in a name']],
      run: watch,
    },
  },
}

interface Told { event: EventName, path: string, to?: string }

/** The watches, and which path each stands for. */
interface Watched { inotify: Inotify, paths: Map<number, string> }

async function watch(given: Given): Promise<number> {
  const wanted = wantedOf(given)
  const { SystemError } = await import('../foundations/kernel.ts')
  const debounceMs = given.ms('debounce')
  const timeoutMs = given.ms('timeout') ?? Infinity
  const watched = await begin(given.words, wanted)
  const isJson = given.has('json')
  if (given.has('ready') && !await printUnlessLeft(isJson ? line({ event: 'ready' }) : 'ready\n')) return DONE
  const told: Told[] = []
  for (;;) {
    // wait for events, or for the quiet after them
    const isGathering = debounceMs !== undefined && told.length > 0
    try {
      if (watched.paths.size > 0) await watched.inotify.wait({ timeoutMs: isGathering ? debounceMs : timeoutMs })
      else if (isGathering) return await show(gathered(told), isJson) ? NOTHING : DONE
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'ETIMEDOUT')) throw error
      if (!isGathering) return NOTHING
      if (!await show(gathered(told.splice(0)), isJson) || given.has('once')) return DONE
      continue
    }
    told.push(...await take(watched, wanted))
    if (debounceMs !== undefined && told.length > 0) continue
    // print them, and see whether that is all
    const some = told.splice(0, given.has('once') ? 1 : Infinity)
    if (!await show(some, isJson) || (given.has('once') && some.length > 0)) return DONE
    if (watched.paths.size === 0) return NOTHING
  }
}

function wantedOf(given: Given): ReadonlySet<EventName> {
  const names = given.text('only')?.split(',') ?? EVENTS.filter(name => name !== 'modify')
  const unknown = names.find(name => !(EVENTS as readonly string[]).includes(name))
  if (unknown !== undefined) throw given.usage(`--only knows no event '${unknown}'; there are ${EVENTS.join(', ')}`)
  return new Set([...names as EventName[], 'gone', 'overflow'])
}

async function begin(paths: readonly string[], wanted: ReadonlySet<EventName>): Promise<Watched> {
  const i = await import('../primitives/inotify.ts')
  const names = i.IN_CREATE | i.IN_DELETE | i.IN_MOVED_FROM | i.IN_MOVED_TO
  const mask = names | i.IN_CLOSE_WRITE | i.IN_ATTRIB | i.IN_DELETE_SELF | i.IN_MOVE_SELF |
    (wanted.has('modify') ? i.IN_MODIFY : 0)
  const inotify = new i.Inotify()
  return { inotify, paths: new Map(paths.map(path => [inotify.add(path, mask), path])) }
}

async function take({ inotify, paths }: Watched, wanted: ReadonlySet<EventName>): Promise<Told[]> {
  const i = await import('../primitives/inotify.ts')
  const events = inotify.take()
  const told: Told[] = []
  for (let at = 0; at < events.length; at++) {
    const { mask, watch, name, cookie } = events[at]!
    const path = pathOf(paths.get(watch), name)
    const next = events[at + 1]
    if (mask & i.IN_Q_OVERFLOW) told.push({ event: 'overflow', path: '' })
    else if (path === undefined) continue   // of a watch that is over
    else if (mask & i.IN_MOVED_FROM && next !== undefined && next.cookie === cookie) {
      told.push({ event: 'rename', path, to: pathOf(paths.get(next.watch), next.name) ?? '' })
      at++
    } else {
      const event = nameOf(i, mask)
      if (event === 'gone') paths.delete(watch)
      if (event !== undefined) told.push({ event, path })
    }
  }
  return told.filter(({ event }) => wanted.has(event))
}

function nameOf(i: typeof import('../primitives/inotify.ts'), mask: InotifyEvent['mask']): EventName | undefined {
  if (mask & (i.IN_CREATE | i.IN_MOVED_TO)) return 'create'
  if (mask & (i.IN_DELETE | i.IN_MOVED_FROM)) return 'delete'
  if (mask & i.IN_CLOSE_WRITE) return 'write'
  if (mask & i.IN_MODIFY) return 'modify'
  if (mask & i.IN_ATTRIB) return 'attrib'
  if (mask & (i.IN_DELETE_SELF | i.IN_MOVE_SELF | i.IN_UNMOUNT)) return 'gone'
  return undefined
}

function pathOf(folder: string | undefined, name: Path | null): string | undefined {
  if (folder === undefined || name === null) return folder
  return `${folder}${folder.endsWith('/') ? '' : '/'}${typeof name === 'string' ? name : Buffer.from(name).toString('latin1')}`
}

/** A line for each name, with all that happened to it. */
function gathered(told: readonly Told[]): (Told & { events: EventName[] })[] {
  const byPath = new Map<string, Told & { events: EventName[] }>()
  for (const each of told) {
    const known = byPath.get(each.path)
    if (known === undefined) byPath.set(each.path, { ...each, events: [each.event] })
    else byPath.set(each.path, { ...known, ...each, events: [...new Set([...known.events, each.event])] })
  }
  return [...byPath.values()]
}

/** False when the reader has left. */
async function show(told: readonly (Told & { events?: EventName[] })[], isJson: boolean): Promise<boolean> {
  const lines = told.map(each => {
    const { event, path, to, events = [event] } = each
    return isJson ? line(each) : `${events.join(',').padEnd(8)}  ${path}${to === undefined ? '' : `  ${to}`}\n`
  })
  return lines.length === 0 || await printUnlessLeft(lines.join(''))
}
