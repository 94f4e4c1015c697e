// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
import { execFileSync, spawnSync } from 'node:child_process'
import * as fs from 'node:fs'
import { tmpdir } from 'node:os'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tap } from '../foundations/kernel.ts'
import { killable, killAll } from './spool-killed.stage.ts'
import { Maildir } from './maildir.ts'

const root = fs.mkdtempSync(`${tmpdir()}/maildir-test-`)
test.after(() => fs.rmSync(root, { recursive: true }))
let [count, box] = [0, new Maildir(`${root}/first`)]
test.before.each(() => { box = new Maildir(`${root}/${count++}`) })
const names = () => ['tmp', 'new', 'cur'].map(name => fs.readdirSync(`${box.folder}/${name}`).join(' '))
const os = { durability: 'os' } as const

test('BOOK-4 a letter is delivered under a name of the specification, read, marked and removed', () => {
  const key = box.deliver('Subject: hello\n\nhello\n')
  assert.match(key, /^\d{10}\.M\d{1,6}P\d+Q\d+\.[^/:]+$/)
  assert.equal(names(), ['', key, ''])
  assert.equal(box.letters().map(({ isNew, flags }) => [isNew, flags]), [[true, '']])
  assert.equal(box.letters({ take: true }).map(({ isNew }) => isNew), [false])
  box.mark(key, 'SF')
  box.mark(key, 'R', 'F')
  assert.equal(names(), ['', '', `${key}:2,RS`])
  assert.match(String(box.read(key)), /hello\n$/)
  assert.equal([box.remove(key), box.remove(key), box.read(key), box.mark(key, 'S')], [true, false, undefined, undefined])
  const keys = Array.from({ length: 500 }, () => box.deliver('x', os))
  assert.is(new Set(keys).size, 500)
})

test('BOOK-4 of two who mark a letter at the same moment, both are heard', () => {
  const key = box.deliver('x', os)
  let isFirst = true
  const stop = tap((syscall, _args, proceed) => {
    if (syscall === 'rename' && isFirst) {
      isFirst = false
      new Maildir(box.folder).mark(key, 'F')   // the other program, between our look and our rename
    }
    return proceed()
  })
  box.mark(key, 'S')
  stop()
  assert.equal(names(), ['', '', `${key}:2,FS`])
})

test('what others have put into a name stays there', () => {
  for (const name of ['1.a.home:2,Sab', '2.b.home:1,x', '3.c.home', '.hidden']) fs.writeFileSync(`${box.folder}/cur/${name}`, '')
  assert.equal(box.letters().map(({ key, flags }) => key + flags).sort(), ['1.a.homeSab', '2.b.home', '3.c.home'])
  assert.match(box.mark('1.a.home', 'F')!.path, /1\.a\.home:2,FSab$/)
})

test('a postman who dies at any call leaves a whole letter, or a file in tmp that is tidied after 36 hours', () => {
  for (let step = 0, isOver = false; !isOver; step++) {
    const { died, descriptors } = killable(() => box.deliver('a whole letter'), step)
    killAll(descriptors)
    isOver = !died
    for (const { key } of box.letters()) assert.is(String(box.read(key)), 'a whole letter')
  }
  assert.ok(fs.readdirSync(`${box.folder}/tmp`).length > 3)
  assert.is(box.tidy(Date.now() + 35 * 3600e3), 0)
  assert.ok(box.tidy(Date.now() + 37 * 3600e3) > 3)
  assert.is(names()[0], '')
})

test('a failed delivery leaves nothing', () => {
  const stop = tap((syscall, _args, proceed) => syscall === 'write' ? -28 : proceed())
  assert.throws(() => box.deliver('x'), /^ENOSPC/)
  stop()
  assert.equal(names(), ['', '', ''])
})

const isHere = (program: string) => spawnSync(program, ['--version']).error === undefined && spawnSync(program, ['-v']).error === undefined
const python = (script: string) => execFileSync('python3', ['-c', `import mailbox, sys\nbox = mailbox.Maildir(sys.argv[1])\n${script}`,
  box.folder], { encoding: 'utf8' }).trim()

test('BOOK-4 Python\'s mailbox.Maildir reads, marks and delivers in the same folders', () => {
  if (!isHere('python3')) return assert.is(box.letters().length, 0, 'there is no python3 here')
  const key = box.deliver('Subject: from us\n\nhello\n')
  assert.is(python('print([m["subject"] for m in box], list(box.keys()))'), `['from us'] ['${key}']`)
  python(`message = box['${key}']; message.set_subdir('cur'); message.set_flags('FS'); box['${key}'] = message`)
  assert.equal(box.letters().map(letter => [letter.key, letter.flags]), [[key, 'FS']])
  box.mark(key, 'R')
  assert.is(python(`print(box['${key}'].get_flags(), box['${key}'].get_subdir())`), 'FRS cur')
  const theirs = python('print(box.add("Subject: from Python\\n\\nhello\\n"))')
  assert.match(String(box.read(theirs)), /from Python/)
  assert.is(box.remove(theirs), true)
  assert.is(python('print(len(box))'), '1')
})

test('BOOK-4 procmail delivers into it', () => {
  if (!isHere('procmail')) return assert.is(box.letters().length, 0, 'there is no procmail here')
  fs.writeFileSync(`${box.folder}.rc`, `DEFAULT=${box.folder}/\n`)
  for (const subject of ['one', 'two']) {
    execFileSync('procmail', ['-m', `${box.folder}.rc`], { input: `From a\nSubject: ${subject}\n\nhello\n` })
  }
  const subjects = box.letters().map(({ key }) => /Subject: (\w+)/.exec(String(box.read(key)))![1])
  assert.equal(subjects.sort(), ['one', 'two'])
  assert.equal(box.letters({ take: true }).map(({ flags, isNew }) => [flags, isNew]), [['', false], ['', false]])
})

test.run()
