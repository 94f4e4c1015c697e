// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  codeOf, namespaced, objectAttributes, plain, refused, splitPath, textOf, wide, win32,
} from './win32.ts'

const isWindows = process.platform === 'win32'
const thrown = (act: () => unknown): Error & { code?: string, errno?: number } => {
  try {
    act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

test('FILES-23 a name keeps each of its 16-bit units, a lone surrogate too, and ends in a zero', () => {
  for (const name of ['a', 'ü€', '😀', '\ud800x', 'x\udfff']) {
    const bytes = wide(name)
    assert.is(bytes.length, name.length * 2 + 2)
    assert.is(bytes.toString('utf16le', 0, bytes.length - 2), name)
    assert.is(bytes.readUInt16LE(bytes.length - 2), 0)
  }
  assert.is(thrown(() => wide('a\0b')).code, 'ERR_INVALID_ARG_VALUE')
})

test('FILES-23 a path gets the form that Windows takes as it is, and loses it again', () => {
  const cases = {
    'C:\\a\\..\\b': '\\\\?\\C:\\b', 'C:/a/b/': '\\\\?\\C:\\a\\b', '\\\\srv\\share\\x': '\\\\?\\UNC\\srv\\share\\x',
    '\\\\?\\C:\\as. is ': '\\\\?\\C:\\as. is ',
  }
  for (const [path, expected] of Object.entries(cases)) assert.is(namespaced(path), expected)
  assert.is(plain('\\\\?\\UNC\\srv\\share\\x'), '\\\\srv\\share\\x')
  assert.is(plain('\\\\?\\C:\\b'), 'C:\\b')
  assert.equal(splitPath('C:\\a\\b'), { folder: 'C:\\a', name: 'b' })
  assert.is(thrown(() => namespaced('')).code, 'ENOENT')
})

test('FILES-23 bytes are a path if they are UTF-8', () => {
  assert.is(textOf(Buffer.from('ü')), 'ü')
  assert.throws(() => textOf(Buffer.from([0x61, 0xff])), isWindows ? /^ECHARSET: / : /ECHARSET/)
  assert.is(thrown(() => textOf(5 as never)).code, 'ERR_INVALID_ARG_TYPE')
})

test('the structures of NtCreateFile have their fields where the documentation has them', () => {
  const name = wide('name')
  const { string, attributes } = objectAttributes(0x1234, name, bytes => bytes === name ? 0xaan : 0xbbn)
  assert.is(string.toString('hex'), '08000a0000000000' + 'aa00000000000000')
  assert.is(attributes.toString('hex'), '3000000000000000' + '3412000000000000' +
    'bb00000000000000' + '4000000000000000' + '0000000000000000'.repeat(2))
})

test('FILES-22 Windows\' errors get the names that Node has for them', () => {
  const cases = { 2: 'ENOENT', 3: 'ENOENT', 5: 'EPERM', 32: 'EBUSY', 80: 'EEXIST', 112: 'ENOSPC',
    145: 'ENOTEMPTY', 183: 'EEXIST', 206: 'ENAMETOOLONG', 1314: 'EPERM', 99_999: 'UNKNOWN' }
  for (const [number, code] of Object.entries(cases)) assert.is(codeOf(Number(number)), code)
})

test('FILES-22 on Windows an error has Node\'s number and words, elsewhere the call is refused', () => {
  if (isWindows) {
    const error = refused('open', { number: 2, path: 'C:\\x' })
    assert.is(error.message, "ENOENT: no such file or directory, open 'C:\\x'")
    assert.is(error.errno, -4058)
    assert.is(refused('open', { number: 99_999 }).hint, 'Windows calls it error 99999')
  } else {
    assert.throws(win32('uint32_t GetTickCount()'), /this is linux, and not Windows/)
  }
})

test.run()
