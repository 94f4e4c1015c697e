// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
// Runs on Linux only: inotify plays the kernel.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { open, O_NOFOLLOW, O_PATH, type OpenFile } from '../foundations/file.ts'
import type { Path } from '../foundations/kernel.ts'
import { list } from '../foundations/name.ts'
import {
  Inotify, IN_ATTRIB, IN_CLOSE_WRITE, IN_CREATE, IN_DELETE, IN_DONT_FOLLOW,
  IN_IGNORED, IN_MODIFY, IN_MOVED_FROM, IN_MOVED_TO, IN_MOVE_SELF,
} from '../primitives/inotify.ts'
import { kqueueCalls } from './kqueue-calls.ts'
import { DEFINITIONS, LAYOUTS, layout, type System } from './kqueue-layout.ts'
import {
  answers, KqueueBackend, parseEntries, parseStat, question,
  NOTE_ATTRIB, NOTE_CLOSE_WRITE, NOTE_DELETE, NOTE_RENAME, NOTE_WRITE, type Vnodes,
} from './kqueue.ts'
import { suite } from './watch-backend-suite.ts'

const systems: System[] = ['darwin', 'freebsd']

test('FILES-14 sizes and places of the structures are the documented ones', () => {
  const sizes = systems.map(system => ['kevent', 'stat', 'dirent']
    .map(name => LAYOUTS[system][name as 'stat'].size))
  assert.equal(sizes, [[32, 144, 1048], [64, 224, 280]])
  const { stat: darwin, dirent } = LAYOUTS.darwin
  const picked = ['mode', 'ino', 'rdev', 'atime', 'birthtime', 'size', 'blksize', 'qspare']
  assert.equal(picked.map(name => darwin.offsets[name]), [4, 8, 24, 32, 80, 96, 112, 128])
  assert.equal([dirent.offsets['type'], dirent.offsets['name']], [20, 21])
  const { stat: freebsd } = LAYOUTS.freebsd
  assert.equal(['ino', 'mode', 'rdev', 'atime', 'size', 'spare'].map(name => freebsd.offsets[name]),
    [8, 24, 40, 48, 112, 144])
})

test('FILES-14 a C compiler lays the structures out at the same offsets', () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'kqueue-'))
  const structs = systems.flatMap(system => Object.entries(DEFINITIONS[system]).map(([name, text]) => ({
    name: `${system}_${name}`, text, fields: Object.keys(layout(text).offsets),
    expected: [layout(text).size, ...Object.values(layout(text).offsets)].join(' '),
  })))
  const source = ['#include <stdint.h>', '#include <stddef.h>', '#include <stdio.h>',
    ...structs.map(({ name, text }) => `struct ${name} { ${text} };`), 'int main(void) {',
    ...structs.map(({ name, fields }) => `printf("%zu${' %zu'.repeat(fields.length)}\\n", sizeof(struct ${name}), ` +
      `${fields.map(each => `offsetof(struct ${name}, ${each})`).join(', ')});`), '}'].join('\n')
  fs.writeFileSync(join(folder, 'layout.c'), source)
  execFileSync('cc', ['-o', join(folder, 'layout'), join(folder, 'layout.c')])
  const lines = execFileSync(join(folder, 'layout'), { encoding: 'utf8' }).trim().split('\n')
  assert.equal(lines, structs.map(({ expected }) => expected))
  fs.rmSync(folder, { recursive: true })
})

test('FILES-14 a question is one struct kevent, and answers are taken apart', () => {
  assert.is(question('darwin', 5).toString('hex'),
    '0500000000000000' + 'fcff' + '2100' + '7f000000' + '00'.repeat(16))
  assert.is(question('freebsd', 5).length, 64)
  assert.is(question('freebsd', 5).readUInt32LE(12), 0x27f)
  for (const system of systems) {
    const bytes = Buffer.concat([question(system, 3), question(system, 4)])
    bytes.writeUInt32LE(NOTE_WRITE, LAYOUTS[system].kevent.size + 12)
    assert.equal(answers(system, bytes, 2).map(({ fd }) => fd), [3, 4])
    assert.is(answers(system, bytes, 2)[1]!.notes, NOTE_WRITE)
  }
})

test('FILES-4 struct stat and struct dirent of both systems are read field by field', () => {
  for (const system of systems) {
    const { stat, dirent } = LAYOUTS[system]
    const bytes = Buffer.alloc(stat.size)
    bytes.writeUInt16LE(0o100644, stat.offsets['mode']!)
    bytes.writeBigUInt64LE(2n ** 60n, stat.offsets['ino']!)
    bytes.writeBigInt64LE(-1n, stat.offsets['mtime']!)
    bytes.writeBigInt64LE(5n, stat.offsets['mtimeNs']!)
    bytes.writeBigInt64LE(9n, stat.offsets['size']!)
    const { type, mode, ino, mtimeNs, size } = parseStat(system, bytes)
    assert.equal({ type, mode, ino, mtimeNs, size },
      { type: 'file', mode: 0o100644, ino: 2n ** 60n, mtimeNs: -999_999_995n, size: 9 })
    const entry = (name: string, ino: bigint) => {
      const record = Buffer.alloc(dirent.offsets['name']! + name.length + 8 & ~7)
      record.writeBigUInt64LE(ino, 0)
      record.writeUInt16LE(record.length, dirent.offsets['reclen']!)
      record.writeUInt16LE(name.length, dirent.offsets['namlen']!)
      record[dirent.offsets['type']!] = 8
      record.write(name, dirent.offsets['name']!, 'latin1')
      return record
    }
    const records = Buffer.concat([entry('.', 1n), entry('a', 7n), entry('unused', 0n), entry('bcd', 8n)])
    assert.equal(parseEntries(system, records), [{ name: 'a', type: 'file', ino: 7n }, { name: 'bcd', type: 'file', ino: 8n }])
  }
})

test('the calls themselves are refused where there is no kqueue, and not the import', () => {
  assert.throws(() => kqueueCalls('darwin'), /this is linux, which has no kqueue/)
})

/** A kernel with kqueue, played by one with inotify: what it notes is what EVFILT_VNODE would. */
class PlayedVnodes implements Vnodes {
  readonly #inotify = new Inotify()
  readonly #files = new Map<number, { file: OpenFile, watch: number, isGone: boolean }>()

  watch(path: Path) {
    const file = open(path, O_PATH | O_NOFOLLOW)
    const watch = this.#inotify.add(path, MASK)
    this.#files.set(file.fd, { file, watch, isGone: false })
    const { dev, ino, type } = file.stat()
    return { fd: file.fd, dev, ino, type }
  }
  // play the rest of kqueue
  unwatch(fd: number): void {
    const { file, watch } = this.#files.get(fd)!
    this.#files.delete(fd)
    file.close()
    if ([...this.#files.values()].every(each => each.watch !== watch)) {
      try { this.#inotify.remove(watch) } catch { /* over already */ }
    }
  }

  noted() {
    // inotify tells of a removed file when nobody has it open any longer, and we have.
    const removed = [...this.#files].filter(([, each]) => !each.isGone && each.file.stat().nlink === 0)
    for (const [, each] of removed) each.isGone = true
    return removed.map(([fd]) => ({ fd, notes: NOTE_DELETE })).concat(this.#changed())
  }

  #changed() {
    return this.#inotify.take().flatMap(({ watch, mask, name }) => {
      const isOfNames = (mask & NAMES) !== 0
      if (name !== null && !isOfNames) return []   // a folder does not change when a file in it does
      const notes = (isOfNames || (mask & IN_MODIFY) !== 0 ? NOTE_WRITE : 0)
        | ((mask & IN_CLOSE_WRITE) !== 0 ? NOTE_CLOSE_WRITE : 0) | ((mask & IN_ATTRIB) !== 0 ? NOTE_ATTRIB : 0)
        | ((mask & IN_MOVE_SELF) !== 0 ? NOTE_RENAME : 0)
      return [...this.#files].filter(([, each]) => each.watch === watch && (mask & IN_IGNORED) === 0)
        .map(([fd]) => ({ fd, notes }))
    })
  }

  list(folder: Path) { return list(folder) }
  tells() { return true }
  listen(callback: () => void) { return this.#inotify.listen(callback) }
  close(): void { this.#inotify.close() }
}
const NAMES = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO
const MASK = NAMES | IN_MODIFY | IN_CLOSE_WRITE | IN_ATTRIB | IN_MOVE_SELF | IN_DONT_FOLLOW

suite(test, 'FILES-14 kqueue, played by inotify:', () => new KqueueBackend(new PlayedVnodes()))

test('FILES-14 a file that takes another\'s name is told as one that went and one that came', async () => {
  const folder = fs.mkdtempSync(join(tmpdir(), 'kqueue-'))
  const at = (name: string) => join(folder, name)
  for (const name of ['a', 'b']) fs.writeFileSync(at(name), '')
  const backend = new KqueueBackend(new PlayedVnodes())
  backend.add(folder)
  fs.renameSync(at('a'), at('b'))
  fs.writeFileSync(at('a'), '')
  const events = backend.take().filter(({ kind }) => kind !== 'attributes')
    .map(({ kind, name, cookie }) => `${kind} ${name}${cookie > 0 ? ' *' : ''}`)
  assert.ok(events.includes('moved from a *') && events.includes('moved to b *'), events.join())
  assert.ok(events.includes('deleted b') && events.includes('created a'), events.join())
  const descriptors = fs.readdirSync('/proc/self/fd').length
  backend.close()
  assert.ok(fs.readdirSync('/proc/self/fd').length < descriptors)
  fs.rmSync(folder, { recursive: true })
})

test.run()
