// Told in chapters/03-patterns-and-idioms/21-folder-copy-update.md. Edit it there, or edit here and stitch.
import { spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { TRAITS } from '../primitives/filesystem.ts'
import { openFolder, updateFolder, type FolderView } from './folder-copy-update.ts'
import { stage } from './lock-file.stage.ts'
import { killable, killAll } from './spool-killed.stage.ts'

const root = fs.mkdtempSync(`${tmpdir()}/folder-copy-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [folder, count] = ['', 0]
test.before.each(() => { folder = `${root}/${count++}` })
const { FCS_KILLS = '4', FCS_RUNS = '25' } = process.env

const NAMES = ['hours', 'map', 'rooms/first']
const opened = (path = folder) => openFolder(path)!
const change = (text: string, path = folder) =>
  updateFolder(path, copy => { for (const name of NAMES) copy.write(name, text) })
const textsOf = (view: FolderView) => view.list().map(name => String(view.read(name)))
/** What a reader finds that comes now: one word if it is one version. */
function look(path = folder): string {
  const view = opened(path)
  assert.equal(view.list(), NAMES)
  const texts = textsOf(view)
  view.close()
  return [...new Set(texts)].join(' and ')
}
const versions = (path = folder) => fs.readdirSync(`${path}/versions`)

test('BOOK-4 a death before any call leaves the old folder or the new one, and the next update leaves only its own', () => {
  const seen = new Set<string>()
  for (let step = 0, isOver = false; !isOver; step++) {
    const path = `${folder}-${step}`
    change('Monday', path)
    const { died, descriptors } = killable(() => change('Tuesday', path), step)
    killAll(descriptors)
    isOver = !died
    seen.add(look(path))
    const name = updateFolder(path, copy => copy.remove('map'))
    assert.equal(versions(path), [name], `died at ${step}`)
    const view = opened(path)
    assert.equal(view.list(), ['hours', 'rooms/first'])
    assert.is(new Set(textsOf(view)).size, 1)
    view.close()
  }
  assert.equal([...seen], ['Monday', 'Tuesday'])
})

test('BOOK-4 a process that is killed by SIGKILL at a call leaves one whole folder, and its heir cleans up', async () => {
  const { start, clear } = stage('patterns/folder-copy-update', 'foundations/kernel')
  const dieAt = (path: string, step: number) => start(`let calls = 0
    m.tap((syscall, args, proceed) => {
      if (calls++ === ${step}) process.kill(process.pid, 'SIGKILL')
      return proceed()
    })
    m.updateFolder('${path}', copy => {
      for (const name of ['hours', 'map', 'rooms/first']) copy.write(name, 'Tuesday')
    })
    say(String(calls))`)
  try {
    change('Monday')
    const all = Number(await dieAt(folder, Infinity).hear())
    const kills = Math.min(all, Number(FCS_KILLS))
    for (let i = 0; i < kills; i++) {
      const [path, step] = [`${folder}-${i}`, Math.floor((i + Math.random()) * all / kills)]
      change('Monday', path)
      assert.is(await dieAt(path, step).ended, 'SIGKILL')
      assert.match(look(path), /^(Mon|Tues)day$/, `killed at ${step}`)
      const name = change('Wednesday', path)
      assert.equal(versions(path), [name], `killed at ${step}`)
    }
  } finally { clear() }
})

test('BOOK-4 whoever looks between two calls of an update finds one whole version', () => {
  change('Monday')
  const held = opened()
  const seen: string[] = []
  let isLooking = false
  const stop = tap((_syscall, _args, proceed) => {
    if (!isLooking) {
      isLooking = true
      seen.push(look())
      assert.equal(textsOf(held), ['Monday', 'Monday', 'Monday'])
      isLooking = false
    }
    return proceed()
  })
  try { change('Tuesday') } finally { stop() }
  assert.equal([...new Set(seen)], ['Monday', 'Tuesday'])
  held.close()
})

test('BOOK-4 an old version lives as long as a reader, which may be killed, and goes with the next update', async () => {
  const { start, clear } = stage('patterns/folder-copy-update')
  const first = change('Monday')
  const reader = start(`m.openFolder('${folder}'); say('reads'); await hear()`)
  try {
    await reader.hear()
    const own = opened()
    const second = change('Tuesday')
    own.close()
    const third = change('Wednesday')
    assert.equal(versions(), [first, third], `${second} had no reader`)
    assert.is(fs.readFileSync(`${folder}/versions/${first}/map`, 'utf8'), 'Monday')
    await reader.kill()
    assert.equal(versions(), [first, third])
    const last = change('Thursday')
    assert.equal(versions(), [last])
  } finally {
    await reader.kill()
    clear()
  }
})

test('BOOK-4 of two writers one wins; the other is told, or does it again on what the first has made', () => {
  change('Monday')
  let calls = 0
  const slow = (retries: number) => updateFolder(folder, copy => {
    if (calls++ === 0) updateFolder(folder, other => other.write('map', 'quick'))
    copy.write('hours', `slow after ${String(copy.read('map'))}`)
  }, { retries })
  assert.throws(() => slow(0), (error: { code: string }) => error.code === 'ESTALE')
  assert.is(calls, 1)
  calls = 0
  const name = slow(1)
  const view = opened()
  assert.equal([calls, view.name, ...textsOf(view)], [2, name, 'slow after quick', 'quick', 'Monday'])
  view.close()
  change('Tuesday')
  assert.is(versions().length, 1, 'what was refused is gone')
})

test('BOOK-4 two processes count together and lose nothing, and no reader finds a sum that is wrong', async () => {
  const { start, clear } = stage('patterns/folder-copy-update')
  try {
    updateFolder(folder, copy => { for (const name of ['ann', 'bob', 'sum']) copy.write(name, '0') })
    const actors = ['ann', 'bob'].map(who => start(`for (let i = 0; i < 10; i++) {
      m.updateFolder('${folder}', copy => {
        for (const name of ['${who}', 'sum']) copy.write(name, String(Number(copy.read(name)) + 1))
      }, { retries: Infinity })
    }
    say('done')`))
    let done = 0
    for (const actor of actors) void actor.hear().then(() => done++)
    const view = () => {
      const own = opened()
      const [ann, bob, sum] = textsOf(own).map(Number)
      own.close()
      assert.is(ann! + bob!, sum)
      return sum
    }
    for (; done < 2; await new Promise(resolve => setTimeout(resolve, 1))) view()
    assert.is(view(), 20)
  } finally { clear() }
})

test('BOOK-4 an unchanged file is there once, and a changed one does not reach into the version before', () => {
  change('Monday')
  const [old, write] = [opened(), (text: string) => updateFolder(folder, copy => copy.write('map', text))]
  write('Tuesday')
  const now = opened()
  const inodes = (view: FolderView) => NAMES.map(name => fs.statSync(`${view.path}/${name}`).ino)
  assert.equal(inodes(old).map((ino, i) => ino === inodes(now)[i]), [true, false, true])
  assert.equal([textsOf(old), textsOf(now)], [['Monday', 'Monday', 'Monday'], ['Monday', 'Tuesday', 'Monday']])
  assert.is(fs.statSync(`${now.path}/map`).mode & 0o222, 0)
  for (const view of [old, now]) view.close()
})

test('BOOK-4 with copies no inode is shared, and blocks are where the filesystem can', () => {
  const bytes = Buffer.alloc(1 << 20, 'museum')
  updateFolder(folder, copy => copy.write('map', bytes))
  spawnSync('sync', [`${opened().path}/map`])
  const old = opened()
  updateFolder(folder, copy => copy.write('hours', 'late'), { unchanged: 'copy' })
  const now = opened()
  assert.equal(now.read('map'), bytes)
  const [one, two] = [old, now].map(view => fs.statSync(`${view.path}/map`))
  assert.equal([one!.ino === two!.ino, one!.mode === two!.mode, two!.nlink], [false, true, 1])
  const known = TRAITS.get(fs.statfsSync(folder).type)
  spawnSync('sync', [`${now.path}/map`])
  const { stdout, error } = spawnSync('filefrag', ['-v', `${now.path}/map`], { encoding: 'utf8' })
  if (error === undefined && known !== undefined) assert.is(/shared/.test(stdout), known.traits.clones)
})

test('a file that can have no more names is copied; what may not be in a version is told', () => {
  change('Monday')
  const stop = tap((syscall, _args, proceed) => syscall === 'link' ? -31 : proceed())   // EMLINK
  try { updateFolder(folder, copy => copy.write('new', '')) } finally { stop() }
  const view = opened()
  assert.equal([view.read('map')?.toString(), fs.statSync(`${view.path}/map`).nlink], ['Monday', 1])
  fs.symlinkSync('map', `${view.path}/by-hand`)
  view.close()
  assert.throws(() => change('Tuesday'), (error: { code: string, hint: string }) =>
    error.code === 'EINVAL' && /no symlink/.test(error.hint))
})

test('an error in a change leaves nothing of it; names, promises and retries that make no sense are refused', () => {
  assert.is(openFolder(folder), null)
  change('Monday')
  const refused = (act: Parameters<typeof updateFolder>[1], how: RegExp) => {
    assert.throws(() => updateFolder(folder, act), how)
    assert.equal([look(), versions().length], ['Monday', 1])
  }
  refused(copy => { copy.write('map', 'x'); throw new Error('no ink') }, /no ink/)
  for (const name of ['../x', '/etc/passwd', '', 'a//b', 'rooms/', './map']) {
    refused(copy => copy.write(name, ''), /^EINVAL/)
    refused(copy => { copy.remove(name) }, /^EINVAL/)
  }
  updateFolder(folder, copy => assert.equal([copy.remove('rooms'), copy.remove('rooms'), copy.list()], [true, false, ['hours', 'map']]))
  change('Monday')
  refused(copy => copy.write('rooms', ''), /^EISDIR/)
  refused(copy => copy.write('map/x', ''), /^ENOTDIR/)
  refused(async copy => copy.write('map', 'x'), /must be done when it returns/)
  assert.throws(() => updateFolder(folder, () => {}, { retries: NaN }), /retries must be/)
  assert.throws(() => openFolder(`${folder}/none/none`), /^ENOENT/)
})

type Files = { [name: string]: string }
const names = fc.constantFrom('a', 'b', 'c/d', 'c/e')
const step = fc.oneof(
  fc.record({ kind: fc.constant('update' as const), files: fc.dictionary(names, fc.string()), gone: fc.array(names), isBad: fc.boolean() }),
  fc.record({ kind: fc.constant('read' as const) }),
  fc.record({ kind: fc.constant('close' as const), which: fc.nat({ max: 5 }) }),
)
const contentOf = (view: FolderView) => Object.fromEntries(view.list().map(name => [name, String(view.read(name))]))

test('BOOK-4 whatever is updated, refused, read and closed, each reader sees its model and no other version is left', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 12 }), fc.constantFrom('link', 'copy'), (steps, unchanged) => {
    const path = `${folder}-${count++}`
    let now: Files = {}
    updateFolder(path, () => {})
    const readers: { view: FolderView, files: Files }[] = []
    for (const each of steps) {
      if (each.kind === 'read') readers.push({ view: opened(path), files: now })
      if (each.kind === 'close') readers.splice(each.which, 1)[0]?.view.close()
      if (each.kind === 'update') {
        const next = { ...now, ...each.files }
        for (const name of each.gone) delete next[name]
        try {
          updateFolder(path, copy => {
            for (const [name, text] of Object.entries(each.files)) copy.write(name, text)
            for (const name of each.gone) copy.remove(name)
            if (each.isBad) throw new Error('bad')
          }, { unchanged: unchanged as 'link' })
          now = next
          const held = new Set([...readers.map(({ view }) => view.name), fs.readlinkSync(`${path}/current`).slice(9)])
          assert.equal(versions(path).sort(), [...held].sort())
        } catch (error) { if ((error as Error).message !== 'bad') throw error }
      }
      for (const { view, files } of readers) assert.equal(contentOf(view), sorted(files))
    }
    for (const { view } of readers) view.close()
  }), { numRuns: Number(FCS_RUNS) })
})
const sorted = (files: Files) => Object.fromEntries(Object.entries(files).sort(([a], [b]) => a < b ? -1 : 1))

test.run()
