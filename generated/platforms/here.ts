// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
import type { Platform } from './platform.ts'

/** The platform that this process runs on; decided once, when the module is loaded. */
export const platform: Platform = process.platform === 'win32'
  ? (await import('./windows.ts')).windows
  : (await import('./linux.ts')).linux
