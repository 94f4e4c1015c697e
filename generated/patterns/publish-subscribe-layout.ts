// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import { open, statIfThere } from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { mkdir } from '../foundations/name.ts'
import { atomicWrite, type Durability } from './atomic-write.ts'
import { namesIn, unless } from './folder-queue-names.ts'

/** A topic's folders, its mark, and the line behind which a record is void. */
export interface Layout {
  folder: string, segments: string, cursors: string, mark: Buffer, segmentBytes: number
}

/** Twelve digits, so that segments sort by their numbers, from 1 on. */
export const segmentPath = ({ segments }: Layout, number: number) =>
  `${segments}/${String(number).padStart(12, '0')}`

/** The numbers of the segments that are there, in order. */
export function segmentNumbers({ segments }: Layout): number[] {
  return namesIn(segments, 'file').map(Number).filter(Number.isSafeInteger).sort((a, b) => a - b)
}

/** Opens the topic in `folder`, and makes it where it is missing. `segmentBytes` counts only then. */
export function layoutOf(folder: string, durability: Durability, segmentBytes: number): Layout {
  const [segments, cursors, path] = [`${folder}/segments`, `${folder}/cursors`, `${folder}/topic`]
  if (statIfThere(path) === null) {
    for (const each of [folder, segments, cursors]) unless(['EEXIST'], () => mkdir(each))
    const text = JSON.stringify({ mark: randomBytes(8).toString('hex'), segmentBytes })
    unless(['EEXIST'], () => atomicWrite(path, `${text}\n`, { replace: false, durability }))
  }
  const file = open(path)
  try {
    const [, mark, bytes] = /^\{"mark":"([0-9a-f]{16})","segmentBytes":(\d+)\}\n$/.exec(String(file.readAll())) ?? []
    if (mark === undefined) throw new SystemError('EBADMSG', 'read', { path, hint: 'this is no topic' })
    return { folder, segments, cursors, mark: Buffer.from(mark, 'hex'), segmentBytes: Number(bytes) }
  } finally {
    file.close()
  }
}
