// Told in chapters/05-experiments/12-command-topic.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import { unless } from '../patterns/folder-queue-names.ts'
import { mustBeBus } from './command-topic-read.ts'
import {
  BUSY, contentOf, DONE, line, NOTHING, print, printUnlessLeft, type Given,
} from './message-bus-command-table.ts'
import { FileBus } from './message-bus-groups.ts'
import type { Group } from './message-bus-groups-journal.ts'

function open(given: Given): FileBus {
  const folder = given.words[0]!
  mustBeBus(folder)
  return new FileBus(folder)
}

const missing = (path: string, hint: string) =>
  Object.assign(new SystemError('ENOENT', 'open', { path, hint }), { status: NOTHING })

/** ENOENT, with status 3, if there is no such group. */
function groupOf(bus: FileBus, name: string): Group {
  if (!bus.groups().includes(name)) throw missing(name, 'the bus has no such group; fcs topic ls tells those there are')
  return bus.group(name)
}

export async function ls(given: Given): Promise<number> {
  const bus = open(given)
  for (const name of bus.groups()) {
    let group: Group | undefined
    if (!unless(['ENOENT'], () => { group = bus.group(name) })) continue   // somebody is making it
    const { settings: { pattern, deliveriesMax } } = group!
    const status = group!.status()
    group!.close()
    const { waiting, held, dead, behindBytes } = status
    const row = `group   ${name.padEnd(14)} ${pattern.padEnd(18)} waiting ${waiting}  held ${held}  dead ${dead}  behind ${behindBytes}\n`
    if (!await printUnlessLeft(given.has('json') ? line({ group: name, pattern, deliveriesMax, ...status }) : row)) return DONE
  }
  for (const { name, behind, lives } of bus.subscribers()) {
    const row = `reader  ${name.padEnd(14)} ${(lives ? 'reads now' : 'away').padEnd(18)} behind ${behind}\n`
    if (!await printUnlessLeft(given.has('json') ? line({ reader: name, isAlive: lives, behindBytes: behind }) : row)) break
  }
  await bus.close()
  return DONE
}

export async function dead(given: Given): Promise<number> {
  const [, name, ...ids] = given.words as [string, string, ...string[]]
  const how = (['revive', 'discard'] as const).filter(option => given.has(option))
  if (how.length > 1) throw given.usage('--revive and --discard exclude each other')
  const bus = open(given)
  const group = groupOf(bus, name)
  const all = group.deadLetters()
  const unknown = ids.find(id => all.every(({ message }) => message.id !== id))
  if (unknown !== undefined) throw missing(unknown, 'no dead letter of this group has such an id')
  const letters = ids.length === 0 ? all : all.filter(({ message }) => ids.includes(message.id))
  if (how.length === 1) group[how[0]!](letters.map(({ message }) => message.id))
  group.close()
  for (const letter of letters) if (!await printUnlessLeft(shownDead(letter, given))) break
  await bus.close()
  return letters.length === 0 ? NOTHING : DONE
}

function shownDead({ message: { id, topic, timeMs, bytes }, deliveries, why }: ReturnType<Group['deadLetters']>[number], given: Given): string {
  if (given.has('json')) return line({ id, topic, timeMs, deliveries, why, ...contentOf(bytes) })
  const text = JSON.stringify(bytes.toString('utf8', 0, 60))
  return `${id}  ${topic}  ${deliveries}x  ${why}  ${text}${bytes.length > 60 ? '…' : ''}\n`
}

export async function forget(given: Given): Promise<number> {
  const [, name] = given.words as [string, string]
  const bus = open(given)
  if (given.has('group')) {
    groupOf(bus, name).close()
    bus.endGroup(name)
  } else {
    const reader = bus.subscribers().find(each => each.name === name)
    if (reader === undefined) throw missing(name, 'no reader has this name; fcs topic ls tells those there are')
    if (reader.lives) throw Object.assign(new SystemError('EAGAIN', 'unlink', { path: name, hint: 'it reads just now' }), { status: BUSY })
    bus.forget(name)
  }
  await bus.close()
  return DONE
}

export async function trim(given: Given): Promise<number> {
  const [count, bytes, ageMs] = [given.count('count'), given.count('bytes'), given.ms('age')]
  if (count === undefined && bytes === undefined && ageMs === undefined) throw given.usage('trim needs --count, --bytes or --age')
  const who = given.text('read-by') as 'all' | 'living' | 'nobody' | undefined ?? 'all'
  const bus = open(given)
  const parts = bus.prune({ count, bytes, ageMs, readBy: who === 'nobody' ? undefined : who })
  await bus.close()
  await print(given.has('json') ? line({ parts }) : `${parts}\n`)
  return DONE
}
