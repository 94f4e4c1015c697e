// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import type { Platform } from 'filesystem-communication-space/platforms'

/** The same platform, that notes each change in `list`: 'unlink /x', 'write /x'. */
export function watched(platform: Platform, list: string[]): Platform {
  return new Proxy(platform, {
    get(target, name: keyof Platform) {
      list.push(name)
      return target[name]
    },
  })
}
