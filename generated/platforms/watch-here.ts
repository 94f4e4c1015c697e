// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
import { PollingBackend } from './polling.ts'
import type { WatchBackend } from './watch-backend.ts'

/** A new backend of this platform's own kind; where there is none, one that polls. */
export const watchBackend: () => WatchBackend = await choose()

async function choose(): Promise<() => WatchBackend> {
  if (process.platform === 'linux') {
    const { InotifyBackend } = await import('./watch-backend-inotify.ts')
    return () => new InotifyBackend()
  }
  if (process.platform === 'win32') {
    const { WindowsBackend } = await import('./windows-watch.ts')
    return () => new WindowsBackend()
  }
  return () => new PollingBackend()
}
