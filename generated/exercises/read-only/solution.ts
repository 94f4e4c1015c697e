// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import { SystemError, type Path } from 'filesystem-communication-space/foundations'
import type { Platform } from 'filesystem-communication-space/platforms'

const ALLOWED = new Set(['name', 'stat', 'statIfThere', 'isMount', 'list', 'readlink', 'realpath',
  'diskstat', 'stored', 'cwd', 'chdir', 'tmpdir', 'homedir'])

/** The same files, and no way to change them. */
export function readOnly(platform: Platform): Platform {
  return new Proxy(platform, {
    get(target, name: keyof Platform) {
      if (ALLOWED.has(name)) return target[name]
      return (path: Path, options: Record<string, unknown> = {}) => {
        const isReading = name === 'open' &&
          !['write', 'append', 'create', 'truncate', 'exclusive'].some(wish => options[wish])
        if (isReading) return target.open(path, options)
        throw new SystemError('EROFS', name, { path })
      }
    },
  })
}
