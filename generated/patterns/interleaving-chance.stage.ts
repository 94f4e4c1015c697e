// Told in chapters/03-patterns-and-idioms/25-interleaving.md. Edit it there, or edit here and stitch.
import { link, list, mkdir, rename, rmdir, symlink, unlink } from '../foundations/name.ts'
import { open, statIfThere, O_CREAT, O_RDWR, O_TRUNC, type OpenFile } from '../foundations/file.ts'
import type { Here, Scene } from './interleaving.ts'

/** Numbers from 0 on, below `size`, the same for the same seed. */
type Dice = (size: number) => number
function diceOf(seed: number): Dice {
  let state = seed * 2654435761 >>> 0
  return size => (state = state * 1664525 + 1013904223 >>> 0, (state >>> 8) % size)
}

const NAMES = ['a', 'b', 'd', 'd/a', 'e/a', 'd/../b']
type Deed = (path: (i: number) => string, held: OpenFile[]) => unknown
const DEEDS: Deed[] = [
  path => { const file = open(path(0), O_RDWR | O_CREAT); file.writeAll(Buffer.from(path(1).slice(-1)), 0); file.close() },
  path => { const file = open(path(0)); try { return String(file.readAll()) } finally { file.close() } },
  path => { open(path(0), O_RDWR | O_TRUNC).close() },
  path => { const found = statIfThere(path(0)); return found?.type === 'directory' ? 'folder' : found?.size },
  path => [...list(path(0))].map(({ name }) => String(name)).sort().join('+'),
  path => { rename(path(0), path(1)) },
  path => { link(path(0), path(1)) },
  path => { symlink('a', path(0)) },
  path => { unlink(path(0)) },
  path => { mkdir(path(0)) },
  path => { rmdir(path(0)) },
  (path, held) => { const file = open(path(0), O_RDWR | O_CREAT); held.push(file); return file.tryLock() },
  (_, held) => { held.pop()?.close() },
  (_, held) => held.at(-1)?.readAll().toString(),
]

/** Does some things by chance, and says what came of each. */
const actor = (seed: number, times: number) => ({ folder, note }: Here) => {
  const dice = diceOf(seed)
  const held: OpenFile[] = []
  const said = Array.from({ length: times }, () => {
    const deed = DEEDS[dice(DEEDS.length)]!
    const names = [0, 1].map(() => `${folder}/${NAMES[dice(NAMES.length)]!}`)
    try { return deed(which => names[which]!, held) ?? 'done' } catch (error) { return (error as { code: string }).code }
  })
  note(said.join())
}

function chance(number: number): Scene {
  const seed = 1000 * (number + SIZE * Number(process.env['FCS_SEED'] ?? 0))
  return {
    actors: { ann: actor(seed + 1, DEEDS_OF_ANN), bob: actor(seed + 2, DEEDS_OF_ANN - 1) }, check: () => {},
    prepare(folder) {
      for (const name of ['d', 'e']) mkdir(`${folder}/${name}`)
      for (const name of NAMES.slice(0, 1 + diceOf(seed)(4))) {
        if (name !== 'd') open(`${folder}/${name}`, O_RDWR | O_CREAT).close()
      }
    },
  }
}
const SIZE = 16
const DEEDS_OF_ANN = Number(process.env['FCS_DEEDS'] ?? 2)
export const [c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12, c13, c14, c15] =
  Array.from({ length: SIZE }, (_, number) => chance(number))
