// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
import { link, list, mkdir, open, O_CREAT, O_RDWR, rmdir, SystemError, unlink } from 'filesystem-communication-space/foundations'

/** The largest number of names that one file in `folder` may have; null if it is `limit` or more. */
export function namesMax(folder: string, limit: number): number | null {
  const own = `${folder}/names-${process.pid}-${Math.random()}`
  mkdir(own)
  try {
    open(`${own}/1`, O_RDWR | O_CREAT).close()
    for (let names = 1; names < limit; names++) {
      try {
        link(`${own}/1`, `${own}/${names + 1}`)
      } catch (error) {
        if (error instanceof SystemError && error.code === 'EMLINK') return names
        throw error
      }
    }
    return null
  } finally {
    for (const { name } of [...list(own)]) unlink(`${own}/${name}`)
    rmdir(own)
  }
}
