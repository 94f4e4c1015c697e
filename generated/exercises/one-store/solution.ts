// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
import { createHash } from 'node:crypto'
import { link, list, stat, unlink } from 'filesystem-communication-space/foundations'
import { createOnce } from 'filesystem-communication-space/namespace'

const nameOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')

/** Puts the bytes into the store, and gives them the name `path` in a project. */
export function give(store: string, bytes: Uint8Array, path: string): void {
  createOnce(`${store}/${nameOf(bytes)}`, bytes)
  link(`${store}/${nameOf(bytes)}`, path)
}

/** Removes from the store what no project holds; returns its names. */
export function clean(store: string): string[] {
  const unused = [...list(store)].map(({ name }) => String(name))
    .filter(name => stat(`${store}/${name}`).nlink === 1)
  for (const name of unused) unlink(`${store}/${name}`)
  return unused
}
