// Tangling on real folders: what it writes, what it leaves alone, what it refuses, and what is left when it is cut short.
// Runs long: other files run beside it.
import { spawn, spawnSync } from 'node:child_process'
import {
  cpSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Fault, withFault } from './faults.ts'
import { listFiles } from './files.ts'
import { Problems } from './problem.ts'
import { type TangleOptions, tangle } from './tangle.ts'
import { configOf, contents, fence, loom, plant, write } from './testing.ts'

const factor = Number(process.env['LOOM_RUNS'] ?? 1)
const run = (folder: string, options?: TangleOptions) => tangle(configOf(folder), options)
const read = (folder: string, file: string) => readFileSync(join(folder, 'generated', file), 'utf8')

/** Sets all modification times to one long ago; `touched` tells which files have another one since. */
function age(folder: string): void {
  for (const file of listFiles(folder)) utimesSync(join(folder, file), 1, 1)
}

function touched(folder: string): string[] {
  return listFiles(folder, (name) => name === '.loom').filter((file) => lstatSync(join(folder, file)).mtimeMs !== 1000)
}

const book = {
  'a.md': `# A\n\n${fence('ts file=one.ts', 'one()', '// <<chunk>>')}\n${fence('ts name=chunk', 'chunk()')}\n${fence('ts file=sub/two.ts', 'two()')}`,
  'b.md': `# B\n\n${fence('sh file=three', '#!/bin/sh', 'three')}\n${fence('ts file=one.ts', 'end()')}`,
}

async function planted(files: Record<string, string | Uint8Array> = book): Promise<string> {
  const folder = plant(files)
  await run(folder)
  return folder
}

// What it does.

test('LIT-2 the files of a book, with their header, maps and manifest', async () => {
  const folder = plant(book)
  const { written, removed, total } = await run(folder)
  assert.equal({ written, removed, total }, { written: ['one.ts', 'sub/two.ts', 'three'], removed: [], total: 3 })
  assert.is(read(folder, 'one.ts'), '// Told in a.md. Edit it there, or edit here and stitch.\none()\n// chunk\nchunk()\n\nend()\n')
  assert.is(read(folder, 'three'), '#!/bin/sh\n# Told in b.md. Edit it there, or edit here and stitch.\nthree\n')
  assert.equal(listFiles(join(folder, 'generated')), ['.loom.json', 'one.ts', 'one.ts.map', 'sub/two.ts', 'sub/two.ts.map', 'three', 'three.map'])
})

test('LIT-2 a file that begins with #! can be executed, and others cannot', async () => {
  const folder = await planted()
  assert.is(statSync(join(folder, 'generated/three')).mode & 0o111, 0o111)
  assert.is(statSync(join(folder, 'generated/one.ts')).mode & 0o111, 0)
})

test('LIT-4 tangling again writes nothing, not even the same bytes', async () => {
  const folder = await planted()
  age(folder)
  assert.equal((await run(folder)).written, [])
  assert.equal(touched(folder), [])
})

test('LIT-4 without its cache it writes the maps again and no text', async () => {
  const folder = await planted()
  age(folder)
  rmSync(join(folder, '.loom'), { recursive: true })
  assert.equal((await run(folder)).written, [])
  assert.equal(touched(folder).filter((file) => !file.endsWith('.map') && !file.endsWith('.json')), [])
})

test('LIT-4 only the files that changed are written', async () => {
  const folder = await planted()
  age(folder)
  write(folder, { 'a.md': book['a.md'].replace('two()', 'due()') })
  assert.equal((await run(folder)).written, ['sub/two.ts'])
  assert.equal(touched(folder), ['a.md', 'generated/.loom.json', 'generated/sub/two.ts', 'generated/sub/two.ts.map'])
})

test('LIT-8 prose that moves a block changes its map and no text', async () => {
  const folder = await planted()
  age(folder)
  write(folder, { 'b.md': `Some prose.\n\n${book['b.md']}` })
  assert.equal((await run(folder)).written, [])
  assert.equal(touched(folder), ['b.md', 'generated/one.ts.map', 'generated/three.map'])
})

test('LIT-4 a file that no chapter names any longer goes, with its map and its empty folders', async () => {
  const folder = await planted({ ...book, 'c.md': fence('ts file=deep/er/c.ts', 'c') })
  write(folder, { 'generated/sub/mine.txt': 'mine', 'c.md': '' , 'a.md': book['a.md'].replace('sub/two.ts', 'two.ts') })
  assert.equal((await run(folder)).removed.sort(), ['deep/er/c.ts', 'sub/two.ts'])
  assert.equal(readdirSync(join(folder, 'generated')).sort(), ['.loom.json', 'one.ts', 'one.ts.map', 'sub', 'three', 'three.map', 'two.ts', 'two.ts.map'])
  assert.equal(readdirSync(join(folder, 'generated/sub')), ['mine.txt'])
})

test('LIT-4 a file becomes a folder, and a folder becomes a file', async () => {
  const folder = await planted({ 'a.md': fence('ts file=x', 'one') })
  write(folder, { 'a.md': fence('ts file=x/y', 'two') })
  assert.equal((await run(folder)).removed, ['x'])
  assert.match(read(folder, 'x/y'), /two/)
  write(folder, { 'a.md': fence('ts file=x', 'three') })
  assert.equal((await run(folder)).removed, ['x/y'])
  assert.match(read(folder, 'x'), /three/)
  assert.equal(listFiles(join(folder, 'generated')), ['.loom.json', 'x', 'x.map'])
})

test('LIT-4 a deleted file is written again', async () => {
  const folder = await planted()
  const before = contents(folder)
  rmSync(join(folder, 'generated/one.ts'))
  assert.equal((await run(folder)).written, ['one.ts'])
  assert.equal(contents(folder), before)
})

test('LIT-4 an edit that says what the chapters say by now is no edit', async () => {
  const folder = await planted()
  for (const file of ['a.md', 'generated/sub/two.ts']) writeFileSync(join(folder, file), readFileSync(join(folder, file), 'utf8').replace('two()', 'due()'))
  assert.equal((await run(folder)).written, [])
})

// What it refuses. Each time nothing in the folder changes.

async function refuses(folder: string, expected: string[], options?: TangleOptions): Promise<void> {
  age(folder)
  const before = contents(folder)
  try {
    await run(folder, options)
    assert.unreachable('tangle should have refused')
  } catch (error) {
    if (!(error instanceof Problems)) throw error
    assert.equal(error.message.split(/\n(?! )/), expected)
  }
  assert.equal(contents(folder), before)
  assert.equal(touched(folder), [])
}

const editHint = '\n  hint: stitch carries the edit into the chapter; tangle --force drops it'

test('LIT-4 an edited file is not overwritten unless forced', async () => {
  const folder = await planted()
  const before = read(folder, 'one.ts')
  writeFileSync(join(folder, 'generated/one.ts'), before.replace('chunk()', 'edited()'))
  await refuses(folder, [`generated/one.ts:4:1: edited since it was tangled${editHint}`])
  assert.equal((await run(folder, { force: true })).written, ['one.ts'])
  assert.is(read(folder, 'one.ts'), before)
})

test('LIT-4 an edited file that no chapter names any longer is not removed unless forced', async () => {
  const folder = await planted()
  writeFileSync(join(folder, 'generated/three'), 'edited')
  write(folder, { 'b.md': fence('ts file=one.ts', 'end()') })
  await refuses(folder, ['generated/three:1:1: no chapter names this file any longer, and it was edited\n  hint: move it away, or tangle --force to remove it'])
  assert.equal((await run(folder, { force: true })).removed, ['three'])
})

test('LIT-4 a file that the loom did not write is never overwritten, forced or not', async () => {
  const folder = plant({ ...book, 'generated/one.ts': 'mine' })
  const told = ['generated/one.ts:1:1: a file that the loom did not write stands here\n  hint: a.md:3 wants to write it; move one of them away']
  await refuses(folder, told)
  await refuses(folder, told, { force: true })
})

test('LIT-4 a folder with files of others is not a file', async () => {
  const folder = plant({ ...book, 'generated/one.ts/mine.txt': 'mine' })
  await refuses(folder, ['generated/one.ts:1:1: a folder with files of others stands here\n  hint: move it away'], { force: true })
})

test('LIT-3 a symbolic link that leads out of the output folder is not followed', async () => {
  const folder = plant({ ...book, 'elsewhere/x.txt': 'mine' })
  mkdirSync(join(folder, 'generated'))
  symlinkSync('../elsewhere', join(folder, 'generated/sub'))
  await refuses(folder, ['generated/sub/two.ts:1:1: a symbolic link leads out of generated/\n  hint: remove the link'], { force: true })
  assert.equal(readdirSync(join(folder, 'elsewhere')), ['x.txt'])
})

test('LIT-4 a damaged manifest is told, as without it no file is known to be its own', async () => {
  const folder = await planted()
  writeFileSync(join(folder, 'generated/.loom.json'), '{')
  await refuses(folder, [/^generated\/\.loom\.json:1:1: unreadable: [^\n]*\n {2}hint: bring it back from version control.*$/.exec(await messageOf(folder))![0]])
})

async function messageOf(folder: string): Promise<string> {
  return run(folder).then(() => '', (error: Error) => error.message)
}

test('LIT-3 a configuration with a mistake is told', async () => {
  const { status, stderr } = await loom(plant({ 'loom.json': '{"documnts": ["a.md"], "header": "no"}' }), 'tangle')
  assert.is(status, 1)
  assert.is(stderr, "loom.json:1:1: unknown configuration key 'documnts'\n  hint: did you mean 'documents'?\nloom.json:1:1: 'header' must be of kind boolean, and is of kind string\n")
})

/** The mistakes of the issue, one by one. */
const mistakes: Record<string, [string | Uint8Array, string]> = {
  'an unknown chunk': [fence('ts file=c.ts', '  // <<chunck>>'), "c.md:2:6: no chunk is named 'chunck'\n  hint: did you mean 'chunk', a.md:8?\n"],
  'a cycle': [`${fence('ts file=c.ts', '// <<p>>')}\n${fence('ts name=p', '// <<p>>')}`, "c.md:6:4: a chunk contains itself: 'p' -> 'p'\n  hint: take one of these references out\n"],
  'an unused chunk': [fence('ts name=p', 'x'), "c.md:1:1: nobody uses the chunk 'p'\n  hint: refer to it with // <<p>>\n"],
  'a file outside of the output folder': [fence('ts file=../c.ts', 'x'), "c.md:1:1: '../c.ts' is outside generated/\n  hint: a path is relative to that folder: no .., no leading /, no backslash\n"],
  'a clash of cases': [fence('ts file=One.ts', 'x'), "c.md:1:1: 'One.ts' differs only in case from 'one.ts'\n  hint: that one is in a.md:3; some filesystems cannot tell them apart\n"],
  'an unterminated fence': ['```ts file=c.ts\nx\n', 'c.md:1:1: this fence is never closed\n  hint: end it with a line of the same marks\n'],
  'a swallowed fence': ['```\n```ts file=c.ts\nx\n```\n', "c.md:2:1: the fence 'ts file=c.ts' is swallowed by the block that opens on line 1\n  hint: close that block, or name its language if it shows Markdown\n"],
  'a fence in an HTML comment': ['<!--\n```ts file=c.ts\nx\n```\n-->\n', "c.md:2:1: the fence 'ts file=c.ts' stands in an HTML comment, where it is not part of the program\n  hint: use the attribute 'hidden' to keep it from readers\n"],
  'an unknown attribute': [fence('ts fille=c.ts', 'x'), "c.md:1:7: unknown attribute 'fille'\n  hint: did you mean 'file'?\n"],
  'bytes that are not UTF-8': [Buffer.from('# C\n\xE9\n', 'latin1'), 'c.md:2:1: not UTF-8\n  hint: save the file as UTF-8\n'],
  'a file in a file': [fence('ts file=one.ts/c.ts', 'x'), "c.md:1:1: 'one.ts' is a file, so 'one.ts/c.ts' cannot be inside it\n"],
}

for (const [what, [page, told]] of Object.entries(mistakes)) {
  test(`LIT-3 ${what} is told, and nothing is written although another chapter changed`, async () => {
    const folder = await planted()
    write(folder, { 'a.md': book['a.md'].replace('two()', 'changed()'), 'c.md': page })
    await refuses(folder, [told.trimEnd()])
  })
}

test('LIT-3 the command prints every problem of a run, sorted, ends with status 1, and writes nothing', async () => {
  const folder = await planted()
  const pages = Object.values(mistakes).map(([page, told], i): [string, string | Uint8Array, string] => {
    const name = `c${String.fromCharCode(97 + i)}.md`
    return [name, typeof page === 'string' ? page.replaceAll('c.ts', `c${i}.ts`).replaceAll('<p>', `<p${i}>`).replaceAll('=p', `=p${i}`) : page, told]
  })
  write(folder, { 'a.md': book['a.md'].replace('two()', 'changed()'), ...Object.fromEntries(pages) })
  age(folder)
  const before = contents(folder)
  const { status, stdout, stderr } = await loom(folder, 'tangle')
  assert.equal([status, stdout], [1, ''])
  const places = pages.map(([file, , told]) => `${file}${/^c\.md(:\d+:\d+: )/.exec(told)![1]}`)
  assert.equal(stderr.match(/^\w+\.md:\d+:\d+: /gm), places)
  assert.equal(contents(folder), before)
  assert.equal(touched(folder), [])
})

// Cut short.

const after: typeof book & Record<string, string> = {
  'a.md': `# A\n\n${fence('ts file=one.ts', 'one()', '// <<chunk>>', 'more()')}\n${fence('ts name=chunk', 'chunk(2)')}\n${fence('ts file=three/four.ts', 'four()')}`,
  'b.md': `# B\n\n${fence('sh file=new/five', '#!/bin/sh', 'five')}\n${fence('ts file=one.ts', 'end(2)')}`,
}

/** A book tangled and then changed, as a template to copy, with what the files were and shall be. */
async function changedBook() {
  const template = await planted()
  const old = contents(join(template, 'generated'))
  const goal = plant(after)
  await run(goal)
  write(template, after)
  return { template, old, goal: contents(join(goal, 'generated')) }
}

/** Leftovers of a killed run, anywhere. */
const leftovers = (folder: string) => listFiles(folder).filter((file) => /\.loom-\d+/.test(file))

function isOldOrNew(folder: string, old: Record<string, string>, goal: Record<string, string>, when: string): void {
  const there = contents(join(folder, 'generated'))
  for (const file of new Set([...Object.keys(old), ...Object.keys(goal)])) {
    if (file === '.loom.json') continue // names both while a run lasts
    const isFine = there[file] === old[file] || there[file] === goal[file] || (file.endsWith('.map') && there[file] === undefined)
    // A file in the way of a folder has to go before anything else is done.
    const isInTheWay = there[file] === undefined && Object.keys(goal).some((other) => other.startsWith(`${file}/`))
    assert.ok(isFine || isInTheWay, `${file} is neither old nor new, ${when}`)
  }
}

for (const fault of ['killed', 'torn'] satisfies Fault[]) {
  test(`LIT-4 ${fault === 'torn' ? 'a process killed within any write' : 'a process killed before any change'} leaves each file old or new, and the next run heals`, async () => {
    const { template, old, goal } = await changedBook()
    const later = { ...after, 'a.md': after['a.md'].replace('more()', 'most()').replace('four()', 'five()') }
    const last = await planted(later)
    let at = 0
    for (let isHit = true; isHit; at++) {
      for (const [next, wanted] of [[after, goal], [later, contents(join(last, 'generated'))]] as const) {
        const folder = plant({})
        cpSync(template, folder, { recursive: true })
        isHit = (await withFault(folder, fault, at, () => run(folder))).isHit
        isOldOrNew(folder, old, goal, `killed at ${at}`)
        write(folder, next)
        await run(folder) // throws if it takes what was left for an edit
        assert.equal(contents(join(folder, 'generated')), wanted, `killed at ${at}`)
        assert.equal(leftovers(folder), [], `killed at ${at}`)
        rmSync(folder, { recursive: true })
      }
    }
    process.stdout.write(`  ${at - 1} points\n`)
    assert.ok(at > 10)
  })
}

test('LIT-4 a disk that is full at any write is told, and leaves every file old and nothing beside them', async () => {
  const { template, old } = await changedBook()
  let at = 0
  for (; ; at++) {
    const folder = plant({})
    cpSync(template, folder, { recursive: true })
    const { isHit, error } = await withFault(folder, 'full', at, () => run(folder))
    if (!isHit) break
    const there = contents(join(folder, 'generated'))
    if (error === undefined) assert.is(at, 0) // the cache of parsed pages costs only time
    else {
      assert.match((error as Error).message, /^ENOSPC: no space left on device/)
      assert.equal(there, old, `full at ${at}`)
      assert.equal(readdirSync(join(folder, 'generated')).sort(), readdirSync(join(template, 'generated')).sort())
    }
    assert.equal(leftovers(folder), [], `full at ${at}`)
    rmSync(folder, { recursive: true })
  }
  process.stdout.write(`  ${at} points\n`)
  assert.ok(at >= 8)
})

const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
const typescript = new URL('./hooks/typescript.mjs', import.meta.url).href

test('LIT-4 the real command on a real full disk: status 1, the error named, every file old', () => {
  const folder = plant({})
  const long = (word: string) => fence('ts file=long.ts', ...Array.from({ length: 2500 }, (_, i) => `${word}(${i})`))
  // A mount of its own that ends with the process; ballast leaves room for the old text and a bit.
  const script = `mount -t tmpfs -o size=400k tmpfs . && cd "$PWD" && printf '{}' > loom.json && cp ../old.md a.md
    "$NODE" --import "$HOOK" "$CLI" tangle > /dev/null && cp ../new.md a.md && rm -r .loom && cksum generated/* generated/.loom.json
    head -c 1M /dev/zero > ballast 2>/dev/null; truncate -s -12k ballast
    "$NODE" --import "$HOOK" "$CLI" tangle; echo "status $?"; cksum generated/* generated/.loom.json; find . -name '*.loom-*'
    rm ballast; "$NODE" --import "$HOOK" "$CLI" tangle; echo "status $?"; grep -c new generated/long.ts`
  write(folder, { 'old.md': long('old'), 'new.md': long('new'), 'disk/x': '' })
  const { stdout, stderr, error } = spawnSync('unshare', ['-m', '--', 'sh', '-c', script], {
    cwd: join(folder, 'disk'),
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...process.env, NODE: process.execPath, HOOK: typescript, CLI: cli },
  })
  if (error) throw error
  const said = `${stdout}\n${stderr}`
  const [before, refused, then] = stdout.split(/status \d\n/)
  assert.match(stderr, /^loom: ENOSPC: no space left on device, write\n$/, said)
  assert.match(stdout, /status 1\n[\s\S]*status 0\n2500\n$/, said)
  assert.is(refused!.trim().split('\n').slice(0, 3).join('\n'), before!.trim(), said)
  assert.not.match(then! + refused!, /\.loom-\d/, said)
})

/** Runs the command and kills it so many milliseconds after `isBegun` is first seen to be true. */
function killedAfter(folder: string, isBegun: () => boolean, ms: number): Promise<boolean> {
  const child = spawn(process.execPath, ['--import', typescript, cli, 'tangle'], { cwd: folder, stdio: 'ignore' })
  const timer = setInterval(() => {
    if (!isBegun()) return
    clearInterval(timer)
    setTimeout(() => child.kill('SIGKILL'), ms)
  }, 1)
  return new Promise((done) => {
    child.on('exit', (_, signal) => {
      clearInterval(timer)
      done(signal === 'SIGKILL')
    })
  })
}

test('LIT-4 the real command killed while it writes leaves each file old or new, and the next run heals', async () => {
  const page = (word: string) => Array.from({ length: 200 }, (_, i) => fence(`ts file=f${i % 7}/${word === 'new' && i % 5 === 0 ? 'n' : 'o'}${i}.ts`, `${word}(${i})`)).join('\n')
  const template = await planted({ 'a.md': page('old') })
  const old = contents(join(template, 'generated'))
  write(template, { 'a.md': page('new') })
  const goal = plant({ 'a.md': page('new') })
  await run(goal)
  const wanted = contents(join(goal, 'generated'))
  const tally = { killed: 0, withStagedFiles: 0, withNewFiles: 0 }
  for (let i = 0; i < 6 * factor; i++) {
    const folder = plant({})
    cpSync(template, folder, { recursive: true })
    const ms = (7 * i) % 30
    const isStaging = () => readdirSync(join(folder, 'generated')).some((name) => name.includes('.loom-'))
    const isRenaming = () => existsSync(join(folder, 'generated/f0/n0.ts'))
    if (await killedAfter(folder, i % 2 === 0 ? isStaging : isRenaming, i % 2 === 0 ? ms : 0)) tally.killed++
    isOldOrNew(folder, old, wanted, `killed after ${ms} ms`)
    const there = contents(join(folder, 'generated'))
    if (leftovers(folder).length > 0) tally.withStagedFiles++
    if (Object.keys(there).some((file) => there[file] === wanted[file] && old[file] !== wanted[file])) tally.withNewFiles++
    await run(folder)
    assert.equal(contents(join(folder, 'generated')), wanted)
    assert.equal(leftovers(folder), [])
    rmSync(folder, { recursive: true })
  }
  process.stdout.write(`  ${6 * factor} runs: ${JSON.stringify(tally)}\n`)
  assert.ok(tally.killed > 0)
})

test('LIT-4 the files that a living run has staged are left alone', async () => {
  const folder = await planted()
  write(folder, { [`generated/.one.ts.loom-${process.ppid}-0`]: 'in work', 'generated/.one.ts.loom-1073741824-0': 'dead', 'a.md': book['a.md'].replace('two()', 'due()') })
  await run(folder)
  assert.equal(leftovers(folder), [`generated/.one.ts.loom-${process.ppid}-0`])
})

test('LIT-4 a file that cannot be replaced is told in the words of the system, and the next run goes on', async () => {
  const folder = await planted()
  write(folder, { 'a.md': book['a.md'].replace('two()', 'due()') })
  rmSync(join(folder, 'generated/one.ts.map'))
  mkdirSync(join(folder, 'generated/one.ts.map/x'), { recursive: true }) // no rename goes over it
  write(folder, { 'a.md': book['a.md'].replace('chunk()', 'chunk(2)') })
  const { status, stderr } = await loom(folder, 'tangle')
  assert.is(status, 1)
  assert.match(stderr, /^loom: E[A-Z]+: .*one\.ts\.map/)
  assert.equal(leftovers(folder), [])
  rmSync(join(folder, 'generated/one.ts.map'), { recursive: true })
  await run(folder)
  assert.match(read(folder, 'one.ts'), /chunk\(2\)/)
  assert.ok(existsSync(join(folder, 'generated/one.ts.map')))
})

test.run()
