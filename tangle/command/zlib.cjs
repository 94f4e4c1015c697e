// What the bundled command loads in place of node:zlib, of which it needs a checksum only: the library takes more than a
// millisecond to load, with all of its streams. A few records are summed up here, half a byte at a time; who has more waits
// for the faster one.
const FEW = 8192 // bytes
const zlib = 'node:zlib' // so that the bundler leaves it alone
const halves = [
  0, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4, 0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8,
  0xcb61b38c, 0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
]
let summedUp = 0

exports.crc32 = (bytes, seed = 0) => {
  summedUp += bytes.length
  if (summedUp > FEW) exports.crc32 = require(zlib).crc32
  if (summedUp > FEW) return exports.crc32(bytes, seed)
  let sum = ~seed
  for (let i = 0; i < bytes.length; i++) {
    sum ^= bytes[i]
    sum = (sum >>> 4) ^ halves[sum & 15]
    sum = (sum >>> 4) ^ halves[sum & 15]
  }
  return ~sum >>> 0
}
