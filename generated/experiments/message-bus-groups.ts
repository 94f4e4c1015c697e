// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
import { open, statIfThere } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { mkdir, rename } from '../foundations/name.ts'
import { atomicWrite } from '../patterns/atomic-write.ts'
import { namesIn, unless } from '../patterns/folder-queue-names.ts'
import { Consumer } from './message-bus-groups-consumer.ts'
import { Group, type GroupSettings } from './message-bus-groups-journal.ts'
import type { Bus, Delivery, JoinOptions, Source } from './message-bus-topics-interface.ts'
import { matcher } from './message-bus-topics-pattern.ts'
import { BusLog, placeOf, promised, type FileBusOptions } from './message-bus-topics.ts'

/** A message bus in a folder, without a server. */
export class FileBus extends BusLog implements Bus {
  readonly #consumers = new Set<Consumer>()

  constructor(folder: string, options: FileBusOptions = {}) {
    super(folder, options)
    unless(['EEXIST'], () => mkdir(`${folder}/groups`))
  }

  /** A place in a group, of which each message goes to one. The first who joins says what the group hears: `pattern`. */
  join(group: string, options: JoinOptions = {}): Promise<Source<Delivery>> {
    return new Promise(resolve => resolve(this.enter(group, options)))
  }

  // enter a group
  /** The same at once. EINVAL for another pattern than the group's, or none at its beginning. */
  enter(group: string, { prefetch = 16, ...options }: JoinOptions = {}): Consumer {
    if (!(Number.isInteger(prefetch) && prefetch >= 1)) throw new RangeError(`prefetch must be a whole number from 1 on. Received ${prefetch}`)
    const consumer = new Consumer(this.#open(group, options), prefetch)
    this.#consumers.add(consumer)
    return consumer
  }

  #open(group: string, { pattern, from = 'start', deliveriesMax }: JoinOptions = {}): Group {
    if (!/^[^./][^/]{0,200}$/s.test(group)) throw invalid(group, 'a group needs a name without a slash, and no dot before it')
    const folder = `${this.folder}/groups/${group}`
    const path = `${folder}/group`
    if (pattern !== undefined) matcher(pattern)
    if (pattern !== undefined && statIfThere(path) === null) {
      unless(['EEXIST'], () => mkdir(folder))
      const settings = { pattern, from: this.log.offsetOf(placeOf(from)), deliveriesMax: deliveriesMax ?? 5 }
      // refuse a count that is none
      if (!(Number.isInteger(settings.deliveriesMax) && settings.deliveriesMax >= 1)) {
        throw new RangeError(`deliveriesMax must be a whole number from 1 on. Received ${deliveriesMax}`)
      }
      unless(['EEXIST'], () => atomicWrite(path, `${JSON.stringify(settings)}\n`, { replace: false, durability: this.options.durability }))
    }
    const settings = readSettings(path)
    if ((pattern ?? settings.pattern) !== settings.pattern || (deliveriesMax ?? settings.deliveriesMax) !== settings.deliveriesMax) {
      throw invalid(path, `the group hears ${settings.pattern}, at most ${settings.deliveriesMax} times`)
    }
    return new Group(folder, settings, this.log, this.options.durability)
  }

  // know the groups
  groups(): string[] { return namesIn(`${this.folder}/groups`, 'directory').sort() }

  /** A group to look at: how it stands, and its dead letters. Close it. ENOENT if there is none. */
  group(name: string): Group { return this.#open(name) }

  /** Ends a group, whose members should have left; what it had not done is forgotten. */
  endGroup(name: string): void {
    rename(`${this.folder}/groups/${name}`, `${this.folder}/groups/.${name}-${Date.now()}`)
    unless(['ENOENT'], () => this.log.forget(`group ${name}`))
  }

  /** Leaves all groups, and ends all that was opened here. */
  override async close(): Promise<void> {
    for (const consumer of this.#consumers) await consumer.close()
    await super.close()
    await promised(() => this.#consumers.clear())
  }
}

function readSettings(path: string): GroupSettings {
  let file: ReturnType<typeof open> | undefined
  if (!unless(['ENOENT'], () => { file = open(path) })) {
    throw new SystemError('ENOENT', 'open', { path, hint: 'there is no such group; join it with a pattern' })
  }
  try {
    return JSON.parse(String(file!.readAll())) as GroupSettings
  } finally {
    file!.close()
  }
}

const invalid = (path: string, hint: string) => new SystemError('EINVAL', 'open', { path, hint })
