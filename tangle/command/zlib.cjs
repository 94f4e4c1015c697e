// What the bundled command loads in place of node:zlib, of which it needs a checksum only: the library takes more than a
// millisecond to load, with all of its streams. A few records are summed up here; who has more waits for the faster one.
const FEW = 65536 // bytes
const zlib = 'node:zlib' // so that the bundler leaves it alone
const table = new Uint32Array(256).map((_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? (byte >>> 1) ^ 0xedb88320 : byte >>> 1
  return byte
})
let summedUp = 0

exports.crc32 = (bytes, seed = 0) => {
  summedUp += bytes.length
  if (summedUp > FEW) exports.crc32 = require(zlib).crc32
  if (summedUp > FEW) return exports.crc32(bytes, seed)
  let sum = ~seed
  for (const byte of bytes) sum = (sum >>> 8) ^ table[(sum ^ byte) & 255]
  return ~sum >>> 0
}
