// What the bundled command loads in place of node:crypto, of which it needs random names only: loading all of that takes
// three milliseconds at each start. Where there is no /dev/urandom, it is loaded.
const { closeSync, openSync, readSync } = require('node:fs')
const crypto = 'node:crypto' // so that the bundler leaves it alone

exports.randomBytes = (size) => {
  let file
  try {
    file = openSync('/dev/urandom')
    const bytes = Buffer.alloc(size)
    if (readSync(file, bytes) === size) return bytes
  } catch {
  } finally {
    if (file !== undefined) closeSync(file)
  }
  return require(crypto).randomBytes(size)
}
