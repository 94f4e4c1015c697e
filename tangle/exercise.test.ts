// A book with one exercise, told rightly and then with each mistake; and attempts that fail in every way there is.
import { existsSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { callOf, checkExercises, readExercises } from './exercise.ts'
import { judge } from './exercise-judge.ts'
import { link } from './link.ts'
import { formatProblem } from './problem.ts'
import { tangle } from './tangle.ts'
import { configOf, fence, loom, plant, write } from './testing.ts'

const chapter = [
  '# Sums',
  '',
  '## Exercises',
  '',
  '**add-up** *(change)* Add all the numbers,',
  'and not only *two*.',
  '',
  '*You are done when*',
  '',
  '- three numbers are added',
  '- the sum of nothing is `0`',
  '',
  '<details><summary>Hint</summary>',
  '',
  'Begin with nothing.',
  '',
  '</details>',
  '',
  fence('ts exercise=add-up part=starter', 'export const add = (...all: number[]) => all[0]! + all[1]!'),
  '<details><summary>Hidden tests</summary>',
  '',
  fence(
    'ts exercise=add-up part=test',
    "import { test } from 'uvu'",
    "import * as assert from 'uvu/assert'",
    "import { add } from './solution.ts'",
    "test('three numbers are added', () => assert.is(add(1, 2, 3), 6))",
    "test('the sum of nothing is 0', () => { assert.is(add(), 0, 'an empty list has a sum') })",
    'test.run()',
  ),
  '</details>',
  '',
  '<details><summary>Reference solution</summary>',
  '',
  fence('ts exercise=add-up part=solution', 'export const add = (...all: number[]) => all.reduce((a, b) => a + b, 0)'),
  '</details>',
  '',
  '## After',
  '',
].join('\n')

const settings = JSON.stringify({ documents: ['chapters'], folders: { chapters: 'sums' } })

function plantBook(text = chapter): string {
  const folder = plant({ 'chapters/README.md': text, 'loom.json': settings, 'package.json': '{"type":"module"}' })
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'))
  return folder
}

async function open(text?: string) {
  const folder = plantBook(text)
  const config = configOf(folder)
  const book = await readBook(config)
  const web = link(book)
  return { folder, config, book, web, ...readExercises(book, web) }
}

const lineOf = (text: string, words: string) => text.slice(0, text.indexOf(words)).split('\n').length

test('LIT-13 an exercise is its task, its promises, its hint and three files of their own', async () => {
  const { config, folder, exercises, problems } = await open()
  assert.equal(problems, [])
  const { name, difficulty, task, promises, hint, section, place } = exercises[0]!
  assert.equal({ name, difficulty, task, hint, section, place }, {
    name: 'add-up',
    difficulty: 'change',
    task: 'Add all the numbers,\nand not only *two*.',
    hint: 'Begin with nothing.',
    section: 'Sums',
    place: { file: 'chapters/README.md', line: 5, column: 1 },
  })
  assert.equal(promises.map(({ title, line }) => [title, line]), [['three numbers are added', 10], ['the sum of nothing is 0', 11]])
  await tangle(config)
  for (const part of ['starter', 'test', 'solution']) assert.ok(existsSync(join(folder, `generated/exercises/add-up/${part}.ts`)), part)
})

test('LIT-13 check accepts an exercise that is whole, and names the place of what is missing or does not agree', async () => {
  const checked = async (from: string, to: string) => {
    const text = chapter.replace(from, to)
    const { book, web } = await open(text)
    const told = [...web.problems, ...checkExercises(book, web)].map(formatProblem).join('\n')
    return told.replaceAll('chapters/README.md:', '')
  }
  assert.is(await checked('', ''), '')
  const at = (words: string) => lineOf(chapter, words)
  assert.match(await checked('- three numbers', '- four numbers'), `${at('- three')}:1: no hidden test of 'add-up' is called 'four numbers are added'`)
  assert.match(await checked('- three numbers', '- four numbers'), `${at("test('three")}:1: 'add-up' does not tell that it is done when 'three numbers are added'`)
  assert.match(await checked('*(change)*', '*(hard)*'), `5:1: 'hard' is no difficulty`)
  assert.match(await checked('*You are done when*', 'Well.'), '5:1: the exercise \'add-up\' does not say when it is done')
  assert.match(await checked('>Hint<', '>Advice<'), "5:1: the exercise 'add-up' has no hint")
  assert.match(await checked('**add-up**', '**sum-up**'), `${at('part=starter') }:1: no paragraph tells the exercise 'add-up'`)
  assert.match(await checked('part=solution', 'part=starter'), "the exercise 'add-up' has no solution")
  assert.match(await checked('part=solution', 'part=solutoin'), /an exercise has no part 'solutoin'\n {2}hint: did you mean 'solution'/)
  assert.match(await checked('ts exercise=add-up part=starter', 'ts exercise=add-up'), 'which part of the exercise is this?')
  assert.match(await checked('exercise=add-up part=starter', 'exercise=Add part=starter'), "'Add' cannot be the name of an exercise")
  assert.match(await checked('ts exercise=add-up part=starter', 'ts exercise=add-up part=starter run'), "a part of an exercise cannot have 'run'")
})

test('LIT-13 a starter fails its hidden tests, the reference passes them, and each promise is told in words', async () => {
  const { config, exercises: [exercise] } = await open()
  const outcome = async (text: string, timeoutMs?: number) => judge(config, exercise!, { name: 'mine.ts', text }, timeoutMs)
  const text = (part: 'starter' | 'solution') => exercise![part].lines.map((line) => line.text).join('\n')
  const solved = await outcome(text('solution'))
  assert.is(solved.ok, true)
  assert.equal(solved.promises.map(({ title, ok }) => [title, ok]), exercise!.promises.map(({ title }) => [title, true]))
  const begun = await outcome(text('starter'))
  assert.is(begun.ok, false)
  assert.equal(begun.wrong, [])
  assert.equal(begun.promises.map(({ words }) => words), [['expected  6', 'happened  3'], ['an empty list has a sum', 'expected  0', 'happened  NaN']])
})

test('LIT-13 an attempt that does not load, exports nothing, throws, hangs or exits is told without a stack trace', async () => {
  const { config, exercises: [exercise], folder } = await open()
  const outcome = async (text: string) => {
    const { ok, promises, wrong } = await judge(config, exercise!, { name: 'mine.ts', text }, 1500)
    assert.is(ok, false, text)
    assert.equal(promises.map(({ title }) => title).sort(), exercise!.promises.map(({ title }) => title).sort())
    return [...wrong, ...promises.flatMap(({ words }) => words)].join('\n')
  }
  const told = {
    syntax: await outcome('export const add = (\n'),
    missing: await outcome('export const plus = 1\n'),
    throws: await outcome("\nexport const add = () => { throw new TypeError('no sums today') }\n"),
    loops: await outcome('export const add = () => { for (;;); }\n'),
    waits: await outcome('await new Promise(() => {})\nexport const add = () => 1\n'),
    exits: await outcome('export const add = () => process.exit(3)\n'),
    dies: await outcome("export const add = () => process.kill(process.pid, 'SIGKILL')\n"),
  }
  assert.match(told.syntax, /^mine\.ts cannot be loaded: mine\.ts:\d+:\d+: /)
  assert.match(told.missing, /^mine\.ts does not export 'add'/)
  assert.match(told.throws, /TypeError: no sums today\nat mine\.ts:2/)
  assert.match(told.loops, /had not ended after 1\.5 s: a loop that never ends/)
  assert.match(told.exits, /it ended the whole process: exited with status 3/)
  assert.match(told.dies, 'it was killed by SIGKILL')
  assert.match(told.waits, /cannot happen/)
  for (const [how, words] of Object.entries(told)) {
    assert.not.match(words, folder, how)
    assert.not.match(words, /^\s+at |node:internal|solution\.ts/m, how)
  }
})

test('LIT-13 what an attempt leaves running or lying about goes with it', async () => {
  const { config, exercises: [exercise], folder } = await open()
  const text = [
    "import { spawn } from 'node:child_process'",
    "import { tmpdir } from 'node:os'",
    "import { writeFileSync } from 'node:fs'",
    "writeFileSync(`${tmpdir()}/left`, '')",
    `const child = spawn('sleep', ['60'], { stdio: 'ignore' }); writeFileSync('${folder}/pid', \`\${child.pid} \${tmpdir()}\`)`,
    'export const add = () => 0',
  ].join('\n')
  await judge(config, exercise!, { name: 'mine.ts', text })
  const [pid, scratch] = readFileSync(join(folder, 'pid'), 'utf8').split(' ')
  assert.not.ok(existsSync(scratch!))
  const state = () => { try { return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0] } catch { return 'gone' } }
  for (let i = 0; i < 50 && !['gone', 'Z'].includes(state()!); i++) await new Promise((later) => setTimeout(later, 20))
  assert.ok(['gone', 'Z'].includes(state()!), 'the child still runs')
})

test('LIT-13 the command begins an exercise once, judges it, keeps what was tried, and lists the progress', async () => {
  const folder = plantBook()
  const mine = join(folder, 'exercises/add-up.ts')
  const list = async () => JSON.parse((await loom(folder, 'exercise', '--json')).stdout)
  assert.equal([(await list()).new, (await list()).next], [1, 'add-up'])
  const begun = await loom(folder, 'exercise', 'add-up')
  assert.is(begun.status, 0)
  assert.match(begun.stdout, 'wrote exercises/add-up.ts')
  assert.match(readFileSync(mine, 'utf8'), /^export const add/)
  const untouched = await loom(folder, 'exercise', 'add-up')
  assert.is(untouched.status, 1)
  assert.match(untouched.stdout, /✘ three numbers are added\n {6}expected {2}6\n {6}happened {2}3/)
  assert.match(untouched.stdout, 'still the starter')
  writeFileSync(mine, 'export const add = (...all: number[]) => all[0]! + all[1]! + all[2]!\n')
  const half = await loom(folder, 'exercise', 'add-up')
  assert.match(half.stdout, /✔ three numbers are added\n {2}✘ the sum of nothing is 0[\s\S]*1 of 2 promises kept/)
  assert.equal((await list()).exercises.map(({ state, kept }: { state: string; kept: number }) => [state, kept]), [['tried', 1]])
  const again = await loom(folder, 'exercise', 'add-up', '--reset')
  assert.match(again.stdout, 'kept exercises/add-up.1.ts')
  assert.match(readFileSync(join(folder, 'exercises/add-up.1.ts'), 'utf8'), 'all[2]')
  writeFileSync(mine, (await loom(folder, 'exercise', 'add-up', '--solution')).stdout)
  const done = await loom(folder, 'exercise', 'add-up')
  assert.is(done.status, 0)
  assert.match(done.stdout, 'done: 2 of 2 promises kept')
  assert.match((await loom(folder, 'exercise')).stdout, /✔ add-up {2}change {3}2 of 2\n\n1 of 1 done/)
  assert.is((await loom(folder, 'exercise', 'add-up', '--hint')).stdout, 'Begin with nothing.\n')
  const wrong = await loom(folder, 'exercise', 'add-pu')
  assert.equal([wrong.status, wrong.stderr], [2, "loom exercise: there is no exercise 'add-pu'; did you mean 'add-up'?\n"])
})

test('LIT-13 a reader who came by make is told what to type to make', () => {
  assert.equal([callOf('add-up'), callOf('add-up', 'hint')], ['loom exercise add-up', 'loom exercise add-up --hint'])
  process.env['LOOM_AS'] = 'make'
  const told = [callOf('add-up'), callOf('add-up', 'hint')]
  delete process.env['LOOM_AS']
  assert.equal(told, ['make exercise NAME=add-up', 'make exercise NAME=add-up SHOW=hint'])
})

test('LIT-13 the attempts of a class are judged folder by folder, as objects', async () => {
  const folder = plantBook()
  write(folder, {
    'class/ann/add-up.ts': 'export const add = (...all: number[]) => all.reduce((a, b) => a + b, 0)\n',
    'class/bob/add-up.ts': 'export const add = () => 6\n',
  })
  const grade = async (who: string) => JSON.parse((await loom(folder, 'exercise', '--all', '--json', '--in', `class/${who}`)).stdout)
  const [ann, bob] = [await grade('ann'), await grade('bob')]
  assert.equal([ann.done, ann.exercises[0].kept, bob.done, bob.exercises[0].kept], [1, 2, 0, 1])
  assert.equal(bob.exercises[0].judgement.promises[1].words, ['an empty list has a sum', 'expected  0', 'happened  6'])
})

test.run()
