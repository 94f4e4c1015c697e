// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
import { exchange, rename } from 'filesystem-communication-space/foundations'
import { rmSync } from 'node:fs'

/** Makes the folder `next` live, and keeps what was live as `before`. */
export function goLive(site: string): void {
  rmSync(`${site}/before`, { recursive: true, force: true })
  exchange(`${site}/live`, `${site}/next`)
  rename(`${site}/next`, `${site}/before`)
}

/** Makes `before` live again, and keeps what was live as `before`. */
export function goBack(site: string): void { exchange(`${site}/live`, `${site}/before`) }
