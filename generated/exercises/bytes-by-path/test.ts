// Told in chapters/10-files/14-without-libuv.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { bytesRead } from './solution.ts'

const read = (...lines: string[]) => bytesRead(lines.join('\n'))

test('the bytes that came are counted, and not those that were asked for', () => {
  assert.equal(read('7 read(3</tmp/log>, "text"..., 4096) = 4', '7 read(3</tmp/log>, "", 4096) = 0',
    '8 read(9</tmp/log>, "more", 4) = 4', '7 read(4</etc/hosts>, "x"..., 64) = 60'), { '/tmp/log': 8, '/etc/hosts': 60 })
})

test('a call that failed counts nothing', () => {
  assert.equal(read('7 read(3</tmp/log>, 0x7ffc, 64) = -1 EAGAIN (Resource temporarily unavailable)',
    '7 read(3</tmp/log>, "ab", 2) = 2'), { '/tmp/log': 2 })
})

test('all calls that read are counted, and none that writes', () => {
  assert.equal(read('7 pread64(3</tmp/log>, "abc", 3, 100) = 3', '7 readv(3</tmp/log>, [{iov_base="a", iov_len=1}], 1) = 1',
    '7 preadv2(3</tmp/log>, [{iov_base="ab", iov_len=2}], 1, 0, 0) = 2',
    '7 write(3</tmp/log>, "read(3</tmp/x>, \\"\\", 1) = 1", 28) = 28', '7 readlink("/tmp/a", "b", 9) = 1'), { '/tmp/log': 6 })
})

test('a path with odd signs in it is one path, whatever the bytes look like', () => {
  assert.equal(read('7 read(3</tmp/a, b = (c)>, ") = 9"..., 64) = 20', '7 read(3</tmp/a, b = (c)>, "</tmp/x>, ", 64) = 10'),
    { '/tmp/a, b = (c)': 30 })
})

test("a call that was interrupted by another thread's is counted for its path", () => {
  assert.equal(read('7 read(3</tmp/log>,  <unfinished ...>', '8 read(4</tmp/two>,  <unfinished ...>',
    '7 <... read resumed>"text"..., 64) = 40', ' > /usr/bin/node(main+0x1) [0x2]',
    '8 <... read resumed>"", 64) = 5'), { '/tmp/log': 40, '/tmp/two': 5 })
})

test.run()
