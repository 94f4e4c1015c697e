// Told in chapters/10-files/10-watcher.md. Edit it there, or edit here and stitch.
import type { Watcher, WatchEvent } from 'filesystem-communication-space/files'

/** The paths below a watcher's root, kept up to date by `update`. */
export class Mirror {
  readonly paths = new Set<string>()
  readonly watcher: Watcher

  constructor(watcher: Watcher) { this.watcher = watcher }

  /** Takes what there is to take. */
  update(): void {
    for (const event of this.watcher.take()) this.apply(event)
  }

  apply(event: WatchEvent): void {
    if (event.kind === 'created') this.paths.add(String(event.path))
    if (event.kind === 'deleted') this.paths.delete(String(event.path))
    if (event.kind === 'renamed') this.move(String(event.from), String(event.to))
    if (event.kind !== 'overflow' || event.by !== 'queue') return
    this.paths.clear()
    for (const { path } of this.watcher.paths()) this.paths.add(String(path))
  }

  move(from: string, to: string): void {
    for (const path of [...this.paths]) {
      if (path !== from && !path.startsWith(`${from}/`)) continue
      this.paths.delete(path)
      this.paths.add(to + path.slice(from.length))
    }
  }
}
