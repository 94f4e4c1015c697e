// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
import { existsSync, writeFileSync } from 'node:fs'

export function lookThenCreate(path: string): boolean {
  if (existsSync(path)) return false
  writeFileSync(path, String(process.pid))
  return true
}
