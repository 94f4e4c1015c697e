// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import { mkdirSync, writeFileSync } from 'node:fs'
import { isMainThread } from 'node:worker_threads'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_CREAT, O_WRONLY, renameIfThere, statIfThere, unlink } from 'filesystem-communication-space/foundations'
import { explore, type Here, type Scene } from 'filesystem-communication-space/patterns'
import { check } from './solution.ts'

const write = (path: string) => { open(path, O_WRONLY | O_CREAT).close() }
const remove = (path: string) => { try { return unlink(path), true } catch { return false } }
const right = ({ folder, note }: Here) => { if (renameIfThere(`${folder}/in/parcel`, `${folder}/out/parcel`)) note('has it') }
function copies({ folder, note }: Here): void {
  if (statIfThere(`${folder}/in/parcel`) === null) return
  write(`${folder}/out/parcel`)
  remove(`${folder}/in/parcel`)
  note('has it')
}
function removes({ folder, note }: Here): void {
  if (!remove(`${folder}/in/parcel`)) return
  write(`${folder}/out/parcel`)
  note('has it')
}
const scene = (porter: (here: Here) => void): Scene => ({
  actors: { ann: porter, bob: porter }, check,
  prepare(folder) {
    for (const name of ['in', 'out']) mkdirSync(`${folder}/${name}`)
    writeFileSync(`${folder}/in/parcel`, '')
  },
})
export const [rightOnes, copiers, removers] = [right, copies, removes].map(scene)

if (isMainThread) {
  const failureOf = async (name: string) => (await explore(import.meta.url, name)).failure
  test('the right porter passes', async () => { assert.is(await failureOf('rightOnes'), null) })
  test('the one who copies is caught', async () => { assert.is.not(await failureOf('copiers'), null) })
  test('the one who removes first is caught', async () => { assert.is.not(await failureOf('removers'), null) })
  test.run()
}
