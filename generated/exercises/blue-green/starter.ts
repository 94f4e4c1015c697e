// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { rename } from 'filesystem-communication-space/foundations'
import { rmSync } from 'node:fs'

/** Makes the folder `next` live, and keeps what was live as `before`. */
export function goLive(site: string): void {
  rmSync(`${site}/before`, { recursive: true, force: true })
  rename(`${site}/live`, `${site}/before`)
  rename(`${site}/next`, `${site}/live`)
}

/** Makes `before` live again, and keeps what was live as `before`. */
export function goBack(site: string): void {
  rename(`${site}/live`, `${site}/next`)
  rename(`${site}/before`, `${site}/live`)
}
