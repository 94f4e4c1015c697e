// What the bundled command loads in koffi's place: the same native library, without koffi's search for it, which reads
// four files and takes longer than the loading. Where the library is not where npm puts it, koffi searches.
import { existsSync } from 'node:fs'

const name = `@koromix/koffi-${process.platform}-${process.arch}/${process.platform}_${process.arch}/koffi.node`
const koffi = 'koffi' // so that the bundler leaves it alone

function direct() {
  const native = { exports: {} }
  const path = require.main.paths.map((folder) => `${folder}/${name}`).find(existsSync)
  try {
    process.dlopen(native, path)
    return native.exports
  } catch {} // there is none, or it is made for another C library
  return undefined
}

const library = direct() ?? require(koffi)
export default library

// When its process ends, this library has the standard output written to the disk. `fcs … >> names` would wait for that,
// so process.exit leaves past it, after all that is to be done at the end in JavaScript. A Node with flags of its own, such
// as --cpu-prof, may have something to write then, and leaves as it likes.
const isPlain = process.platform === 'linux' && process.execArgv.length === 0
if (isPlain) process.reallyExit = library.load(null).func('void _exit(int status)')
