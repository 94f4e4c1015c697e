// Told in chapters/03-patterns-and-idioms/06-lock-file.md. Edit it there, or edit here and stitch.
import type { OpenFile } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import type { Listening } from '../foundations/wait.ts'
import {
  Inotify, IN_ATTRIB, IN_CLOSE_NOWRITE, IN_CLOSE_WRITE, IN_MOVE_SELF,
} from '../primitives/inotify.ts'

const MASK = IN_CLOSE_WRITE | IN_CLOSE_NOWRITE | IN_ATTRIB | IN_MOVE_SELF

/** The watches of this thread, by number, and those who listen to each. */
const listeners = new Map<number, Set<() => void>>()
let bell: { inotify: Inotify, listening: Listening } | undefined

/**
 * Calls `ring` whenever somebody closes the file, renames it or takes a name from it, until the returned
 * function is called. Null where the kernel has no watch left: then nothing rings.
 */
export function onClose(file: OpenFile, ring: () => void): (() => void) | null {
  let watch: number
  try {
    bell ??= hang()
    watch = bell.inotify.add(`/proc/self/fd/${file.fd}`, MASK)
  } catch (error) {
    if (!(error instanceof SystemError)) throw error
    return null
  }
  // listen until told to stop
  const own = () => ring()   // the same function may be there twice
  const rings = listeners.get(watch) ?? new Set()
  listeners.set(watch, rings.add(own))
  bell.listening.ref()
  return () => {
    if (!rings.delete(own) || rings.size > 0) return
    listeners.delete(watch)
    try {
      bell!.inotify.remove(watch)
    } catch (error) {
      // EINVAL: the file has gone, and its watch with it
      if (!(error instanceof SystemError && error.code === 'EINVAL')) throw error
    }
    if (listeners.size === 0) bell!.listening.unref()
  }
}

function hang(): NonNullable<typeof bell> {
  const inotify = new Inotify()
  const listening = inotify.listen(() => {
    const events = inotify.take()
    const isLost = events.some(({ watch }) => watch === -1)   // then everybody is to look
    const watches = isLost ? listeners.keys() : new Set(events.map(({ watch }) => watch))
    for (const watch of [...watches]) for (const ring of [...listeners.get(watch) ?? []]) ring()
  })
  listening.unref()
  return { inotify, listening }
}
