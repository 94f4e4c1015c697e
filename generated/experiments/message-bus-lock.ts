// Told in chapters/05-experiments/01-message-bus.md. Edit it there, or edit here and stitch.
import { list, renameNoReplace, unlink } from '../foundations/name.ts'
import { open, type OpenFile, O_CREAT, O_EXCL, O_WRONLY } from '../foundations/file.ts'
import { SystemError, type Path } from '../foundations/kernel.ts'
import { inFolder, newId, partsOf, publisherOf } from './message-bus-names.ts'

/** Creates a file that has its lock and its content before it has its name. Returns it open,
 * and locked. */
export function appear(
  folder: string, chooseName: () => string, fill: (file: OpenFile) => void,
): { name: string, file: OpenFile } {
  for (;;) {
    const name = chooseName()
    const hidden = `${folder}/.${name}`
    const file = open(hidden, O_WRONLY | O_CREAT | O_EXCL)
    try {
      // fill it under the lock, and show it
      if (file.tryLock()) {
        fill(file)
        if (renameIfThere(hidden, `${folder}/${name}`)) return { name, file }
      }
    } catch (error) {
      // leave nothing behind, and say why
      try {
        unlink(hidden)
      } catch { /* the sweeper's */ }
      file.close()
      throw error
    }
    file.close()
  }
}

/** Whether there was something to rename. EEXIST if `target` is taken. */
export function renameIfThere(source: Path, target: Path): boolean {
  return unlessMissing(() => renameNoReplace(source, target))
}

/** Runs `action` and says whether what it acts on was there. Somebody else may always be
 * quicker. */
export function unlessMissing(action: () => void): boolean {
  try {
    action()
    return true
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ENOENT') return false
    throw error
  }
}

/** Runs `inherit` and removes the file, unless somebody holds its lock. One heir at a time: the
 * heir holds it now. */
export function bury(path: string, inherit: () => void = () => {}): void {
  let file: OpenFile | undefined
  try {
    file = open(path, O_WRONLY)
    if (!file.tryLock()) return
    inherit()
    unlink(path)
  } catch (error) {
    // ENOENT: buried by another. EACCES: another user's, who has to see to it.
    if (!(error instanceof SystemError && ['ENOENT', 'EACCES'].includes(error.code))) throw error
  } finally {
    file?.close()
  }
}

/** Gives the claims of dead workers back to the inbox and returns how many. */
export function returnClaims({ inbox, processing, workers }: Folders): number {
  let count = 0
  for (const { name } of list(workers)) {
    if (typeof name !== 'string' || name === BELL) continue
    bury(`${workers}/${name}`, () => { count += returnClaimsOf(name, inbox, processing) })
  }
  return count
}

/** Gives one worker's claims back. */
export function returnClaimsOf(worker: string, inbox: string, processing: string): number {
  let count = 0
  for (const { name: claim } of list(processing)) {
    const { name, worker: owner } = partsOf(claim)
    if (owner === worker && moveTo(inbox, name, inFolder(processing, claim))) count += 1
  }
  return count
}

export interface Folders { inbox: string, processing: string, completed: string, workers: string }

/** Moves a message. If its name is taken there, it gets a second part and neither is lost.
 * False: it is gone. */
export function moveTo(folder: string, name: Path, from: Path, second = ''): boolean {
  try {
    return renameIfThere(from, inFolder(folder, name, second))
  } catch (error) {
    if (!(error instanceof SystemError && error.code === 'EEXIST')) throw error
    return moveTo(folder, name, from, `.${newId()}`)
  }
}

/** Removes what killed publishers left in the inbox. */
export function sweep(inbox: string): void {
  for (const { name } of list(inbox)) {
    const isLitter = typeof name === 'string' && name[0] === '.' && publisherOf(name) !== ''
    if (isLitter) bury(`${inbox}/${name}`)
  }
}

/** Closed for writing whenever a worker ends. `: >> workers/.bell` rings it by hand. */
export const BELL = '.bell'

/** A place among the living. Claims that carry its id are its own until `leave`, or until the last
 * process ends that has its descriptors: a bell, the lock, and a bell. */
export interface Worker { id: string, descriptors: number[], leave(inherit: () => void): void }

export function enrol(workers: string): Worker {
  const bells = [open(`${workers}/${BELL}`, O_WRONLY | O_CREAT)]
  try {
    const pid = Buffer.from(`${process.pid}\n`)   // for a person who looks; we never ask it
    const { name: id, file } = appear(workers, newId, file => file.writeAll(pid))
    bells.push(open(`${workers}/${BELL}`, O_WRONLY))
    // end in the order in which a death would be told
    function leave(inherit: () => void): void {
      try {
        inherit()
        unlessMissing(() => unlink(`${workers}/${id}`))
      } finally {
        for (const held of [file, ...bells]) held.close()
      }
    }
    return { id, descriptors: [bells[0]!.fd, file.fd, bells[1]!.fd], leave }
  } catch (error) {
    for (const bell of bells) bell.close()
    throw error
  }
}
