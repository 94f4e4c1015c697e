// Told in chapters/09-cross-platform/01-platform.md. Edit it there, or edit here and stitch.
import type { Platform } from 'filesystem-communication-space/platforms'

const CHANGES = /^(chmod|chown|setTimes|mkdir|rmdir|unlink|rename|link|symlink|replace)$/
const FILE_CHANGES = /^(write|truncate|chmod|chown|setTimes)$/

function noting<T extends object>(thing: T, note: (name: string, args: unknown[]) => void): T {
  return new Proxy(thing, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        note(String(name), args)
        return value.apply(target, args)
      }
    },
  })
}

/** The same platform, that notes each change in `list`: 'unlink /x', 'write /x'. */
export function watched(platform: Platform, list: string[]): Platform {
  const whole = noting(platform, (name, args) => {
    const paths = args.filter(each => typeof each === 'string')
    if (CHANGES.test(name)) list.push([name, ...paths].join(' '))
  })
  return Object.create(whole, {
    open: { value: (...args: Parameters<Platform['open']>) =>
      noting(platform.open(...args), name => {
        if (FILE_CHANGES.test(name)) list.push(`${name} ${String(args[0])}`)
      }) },
  }) as Platform
}
