// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { senders } from './solution.ts'

const frame = (library: string) => ` > ${library}(f+0x1) [0x2]`
const [libc, node, zlib] = ['/lib/x86_64/libc.so.6', '/usr/bin/node', '/usr/lib/libz.so.1'].map(frame)

test('a call is counted for the library that made it', () => {
  const trace = ['7 read(3, "", 8) = 0', libc, zlib, node, '7 close(3) = 0', libc, zlib, node]
  assert.equal(senders(trace.join('\n')), { 'libz.so.1': 2 })
})

test('a call from the program itself is counted for it', () => {
  const trace = ['7 read(3, "", 8) = 0', libc, node, node, '8 read(3, "", 8) = 0', libc, zlib]
  assert.equal(senders(trace.join('\n')), { 'node': 1, 'libz.so.1': 1 })
})

test('an interrupted call is counted once, for its own thread', () => {
  const trace = ['7 read(3,  <unfinished ...>', '8 close(4) = 0', libc, node,
    '7 <... read resumed>"", 8) = 0', libc, zlib, node]
  assert.equal(senders(trace.join('\n')), { 'node': 1, 'libz.so.1': 1 })
})

test.run()
