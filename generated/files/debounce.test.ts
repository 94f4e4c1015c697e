// Told in chapters/10-files/11-debounce.md. Edit it there, or edit here and stitch.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { changes, Debouncer, type Change } from './debounce.ts'
import type { WatchEvent } from './watcher-queue.ts'
import { Watcher } from './watcher.ts'

/** `+ f` created, `~ f` changed, `# f` written, `- f` deleted, `f > g` renamed, `f >> g` onto one that was there; a slash: a folder. */
function eventOf(text: string): WatchEvent {
  const [first, second, third] = text.split(' ') as [string, string, string]
  const isFolder = text.endsWith('/')
  const path = (name: string) => `/w/${name.replace(/\/$/, '')}`
  if (second.startsWith('>')) {
    const [from, to] = [path(first), path(third)]
    return { kind: 'renamed', from, to, isFolder, replaced: second === '>>' }
  }
  if (first === '!') return { kind: 'overflow', by: 'kernel' }
  const kinds = { '+': 'created', '~': 'changed', '#': 'written', '@': 'attributes', '-': 'deleted' } as const
  return { kind: kinds[first as '+'], path: path(second), isFolder }
}

const short = (path: unknown) => String(path).slice(3)
function textOf(change: Change): string {
  if (change.kind === 'renamed') return `${short(change.from)} > ${short(change.to)}`
  if (change.kind === 'overflow') return '!'
  const signs = { created: '+', changed: '~', deleted: '-', degraded: '%', gone: '.' } as const
  return `${signs[change.kind]} ${short(change.path)}`
}

/** What happens, one event a millisecond, and what is told of it. */
const SAVES: Record<string, [happens: string, told: string]> = {
  'writes in place': ['~ f, ~ f, # f', '~ f'],
  'cuts and writes': ['~ f, ~ f, # f, @ f', '~ f'],
  'writes beside and renames over': ['+ .f.tmp, ~ .f.tmp, # .f.tmp, @ .f.tmp, .f.tmp >> f', '~ f'],
  'deletes and creates anew': ['- f, + f, ~ f, # f', '~ f'],
  'moves away to a backup and creates anew': ['f > f~, + f, ~ f, # f', '+ f~, ~ f'],
  'moves away to a backup that was there': ['f >> f~, + f, ~ f, # f', '~ f~, ~ f'],
  'moves away and renames a new one in': ['+ f@, ~ f@, # f@, f > f1, f@ > f', '+ f1, ~ f'],
  'moves away, renames in and deletes the backup': ['+ f@, # f@, f > f1, f@ > f, - f1', '~ f'],
  'rotates two backups': ['f1 > f2, f > f1, + f, # f', '+ f2, ~ f1, ~ f'],
  'saves twice in a row': ['+ f@, - f1, f > f1, f@ > f, + f@, - f1, f > f1, f@ > f', '~ f1, ~ f'],
  'tests the folder with a number first': ['+ 4913, # 4913, @ 4913, - 4913, f > f~, + f, # f, - f~', '~ f'],
  'swaps two names by a third': ['a > t, b > a, t > b', '~ a, ~ b'],
}

for (const [editor, [happens, expected]] of Object.entries(SAVES)) {
  test(`IO-6 one change for a save of an editor that ${editor}`, () => check(happens, expected))
}

function check(happens: string, expected: string): void {
  const debouncer = new Debouncer({ quietMs: 50 })
  happens.split(', ').forEach((text, i) => debouncer.add(eventOf(text), i))
  assert.equal(debouncer.due(49), happens.startsWith('!') ? [{ kind: 'overflow', by: 'kernel' }] : [])
  const told = debouncer.due(1000).map(textOf)
  assert.equal(told.sort(), expected.split(', ').filter(Boolean).sort())
  assert.equal([debouncer.flush(), debouncer.nextMs], [[], Infinity])
}

const OTHERS: Record<string, [happens: string, told: string]> = {
  'what came and went is not told': ['+ f, # f, - f', ''],
  'what was there and went is told': ['~ f, - f', '- f'],
  'what came twice went once': ['+ f, + f, - f, + f', '+ f'],
  'a rename is told as one': ['f > g', 'f > g'],
  'two renames in a row are one': ['a > b, b > c', 'a > c'],
  'a rename there and back is nothing': ['a > b, b > a', ''],
  'a change before or after a rename is told under the new name': ['~ a, a > b, ~ b', 'a > b, ~ b'],
  'a new file that is renamed is new': ['+ a, a > b', '+ b'],
  'a renamed file that is deleted is deleted under its old name': ['a > b, - b', '- a'],
  'a file renamed over another is gone from its place': ['a >> b', '- a, ~ b'],
  'the rename of a folder carries what happened in it': ['~ d/f, d > e/, ~ e/f', 'd > e, ~ e/f'],
  'a file taken over by a folder\'s rename and one that is new': ['+ d/n, d > e/', 'd > e, + e/n'],
  'two files are two changes': ['~ a, ~ b', '~ a, ~ b'],
}

for (const [sentence, [happens, expected]] of Object.entries(OTHERS)) {
  test(`IO-6 ${sentence}`, () => check(happens, expected))
}

test('IO-6 a change is told when it is quiet, and one that never is quiet at the latest', () => {
  const debouncer = new Debouncer({ quietMs: 50, maxMs: 200 })
  const told: [number, string][] = []
  for (let now = 0; now <= 600; now += 10) {
    if (now <= 400 && now % 40 === 0) debouncer.add(eventOf('~ log'), now)
    if (now === 100) debouncer.add(eventOf('~ f'), now)
    for (const change of debouncer.due(now)) told.push([now, textOf(change)])
  }
  assert.equal(told, [[150, '~ f'], [200, '~ log'], [440, '~ log']])
})

test('IO-6 an overflow is told at once, after what had begun before', () => {
  const debouncer = new Debouncer({ quietMs: 50 })
  debouncer.add(eventOf('~ f'), 0)
  debouncer.add(eventOf('! x'), 1)
  debouncer.add(eventOf('~ g'), 2)
  assert.equal(debouncer.due(2).map(textOf), ['~ f', '!'])
  assert.equal(debouncer.due(52).map(textOf), ['~ g'])
})

// On Windows: there is no sh.
test('IO-6 real saves of real programs are one change each, and none is lost', async () => {
  const folder = fs.mkdtempSync(`${tmpdir()}/debounce-test-`)
  fs.writeFileSync(`${folder}/f`, 'old')
  const watcher = new Watcher(folder)
  await watcher.ready
  const batches = changes(watcher, { quietMs: 30 })
  const saves = ['echo x > f', 'echo x > t && mv t f', 'sed -i s/x/y/ f', 'cp f f~ && echo z > f && rm f~',
    'mv f g && echo x > f && rm g']
  for (const save of saves) {
    const next = batches.next()
    execFileSync('sh', ['-c', save], { cwd: folder })
    const { value } = await next
    assert.equal(value, [{ kind: 'changed', path: `${folder}/f`, isFolder: false }], save)
  }
  const last = batches.next()
  fs.writeFileSync(`${folder}/g`, '')
  await watcher.sync()
  watcher.close()
  assert.equal((await last).value, [{ kind: 'created', path: `${folder}/g`, isFolder: false }])
  assert.is((await batches.next()).done, true)
  fs.rmSync(folder, { recursive: true })
})

test.run()
