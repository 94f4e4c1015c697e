// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const guilty = new Set<string>()

/** The file whose code is nearest to the call, leaving out Node's own and this one. */
function caller(): string {
  const { prepareStackTrace } = Error
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 50
  Error.prepareStackTrace = (_error, sites) => sites.map(site => site.getFileName() ?? '')
  const names = new Error().stack as unknown as string[]
  Object.assign(Error, { prepareStackTrace, stackTraceLimit })
  const first = names.findIndex(name => name !== '' && !/^node:|without-libuv-guard/.test(name))
  // An import() of ours makes Node's loader look for the file: that is how a program is loaded.
  const isLoader = names.slice(0, first).some(name => name.startsWith('node:internal/modules/'))
  return first === -1 || isLoader ? '' : names[first]!
}

const isOurs = (file: string) => /\/generated\//.test(file) && !/\.(test|stage)\.ts$/.test(file)

function guard(functions: Record<string, unknown>): void {
  for (const [name, original] of Object.entries(functions)) {
    if (typeof original !== 'function' || /^[A-Z_]/.test(name)) continue
    const guarded = function (this: unknown, ...args: unknown[]): unknown {
      const file = caller()
      if (isOurs(file)) guilty.add(`${name} by ${file}`)
      return Reflect.apply(original, this, args)
    }
    functions[name] = Object.assign(guarded, original)
  }
}
guard(fs as unknown as Record<string, unknown>)
guard(fs.promises as unknown as Record<string, unknown>)
syncBuiltinESMExports()

process.on('exit', () => {
  for (const each of guilty) process.stderr.write(`node:fs was used: ${each}\n`)
  if (guilty.size > 0) process.exitCode = 86
})
