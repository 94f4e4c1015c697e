// A book whose tests fail in every way there is. None may hide, and each is told at its place in the chapter.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { tangle } from './tangle.ts'
import { readRecord } from './test-record.ts'
import { summary, test as runTests, type TestOptions } from './test-run.ts'
import { configOf, fence, plant } from './testing.ts'

const uvu = "import { test } from 'uvu'\nimport * as assert from 'uvu/assert'"

/** Each test file is a block of one chapter; `lines` come after the imports. */
async function plantTests(files: Record<string, string[]>) {
  const blocks = Object.entries(files).map(([name, lines]) => `# ${name}\n\n${fence(`ts file=${name}.test.ts`, ...uvu.split('\n'), ...lines)}`)
  const chapter = blocks.join('\n')
  const folder = plant({ 'chapters/ch.md': chapter, 'package.json': '{"type":"module"}', 'loom.json': '{"documents":["chapters"]}' })
  symlinkSync(fileURLToPath(new URL('../node_modules', import.meta.url)), join(folder, 'node_modules'))
  const config = configOf(folder)
  await tangle(config)
  const lineOf = (text: string) => chapter.slice(0, chapter.indexOf(text)).split('\n').length
  return { folder, config, lineOf }
}

async function run(files: Record<string, string[]>, options: TestOptions = {}) {
  const { config, lineOf, folder } = await plantTests(files)
  const lines: string[] = []
  const result = await runTests(config, { strict: false, ...options, report: (line) => lines.push(line) })
  return { ...result, text: lines.join('\n'), last: summary(result).at(-1), lineOf, config, folder }
}

test('LIT-8 a failing test, an error in a child process and a file that does not load are told at chapter:line:column', async () => {
  const { text, last, lineOf, folder } = await run({
    fails: ["test('adds', () => {", '  assert.is(1 + 1, 3)', '})', 'test.run()'],
    child: [
      "import { spawnSync } from 'node:child_process'",
      "if (process.argv[2] === 'child') throw new Error('in the child')",
      "test('child', () => {",
      "  const { stderr } = spawnSync(process.execPath, [...process.execArgv, import.meta.filename, 'child'])",
      '  process.stderr.write(stderr)',
      '  assert.unreachable()',
      '})',
      'test.run()',
    ],
    syntax: ['const = 1'],
  })
  assert.match(text, `✘ adds  chapters/ch.md:${lineOf('assert.is(1')}:10`)
  assert.match(text, `(${folder}/chapters/ch.md:${lineOf('if (process.argv')}:40)`, 'as Node itself printed it')
  assert.match(text, `chapters/ch.md:${lineOf('const = 1')}:7: ERROR`)
  assert.is(last, '0 passed, 3 failed')
})

test('LIT-8 no failure hides: hooks, thrown values, a missing run, an early end, a signal', async () => {
  const { text, last } = await run({
    before: ["test.before(() => { throw new Error('no ground') })", "test('stands', () => {})", "test('walks', () => {})", 'test.run()'],
    each: ["test.before.each(() => { throw 'soft' })", "test('each', () => {})", 'test.run()'],
    after: ["test.after(() => { throw new Error('not clean') })", "test('works', () => {})", 'test.run()'],
    thrown: ["test('throws', () => { throw undefined })", "test('later', () => {})", 'test.run()'],
    norun: ["test('forgotten', () => {})"],
    empty: ['export {}'],
    exit: ["test('leaves', () => { process.exit(0) })", "test('never', () => {})", 'test.run()'],
    signal: ["test('dies', () => { process.kill(process.pid, 'SIGSEGV') })", 'test.run()'],
    stuck: ["test('waits', () => new Promise(() => {}))", 'test.run()'],
    top: ['await new Promise(() => {})'],
    late: ["setImmediate(() => { throw new Error('late') })", "test('slow', () => new Promise((done) => setTimeout(done, 500)))", 'test.run()'],
  })
  assert.match(text, /✘ stands .*\n +never ran: no ground/)
  assert.match(text, /✘ walks .*\n +never ran: no ground/)
  assert.match(text, /✘ each\n +the test threw something that is no Error: soft/)
  assert.match(text, /✘ the file .*\n +after the tests: not clean/)
  assert.match(text, /✘ throws\n +the test threw something that is no Error: undefined/)
  assert.match(text, /test.run\(\) is missing: 'forgotten'/)
  assert.match(text, /runs no test/)
  assert.match(text, /✘ leaves\n +the process exited with status 0/)
  assert.match(text, /✘ never\n +never ran: the process was gone/)
  assert.match(text, /✘ dies\n +killed by SIGSEGV/)
  assert.match(text, /✘ waits {2}chapters\/ch.md:\d+:\d+\n +waits for something that cannot happen/)
  assert.match(text, /✘ the file\n +the process ended before the tests did: the process exited with status 13/)
  assert.match(text, /✘ slow\n +the process exited with status 1/)
  assert.is(last, '2 passed, 13 failed')
})

test('a test that lasts too long is ended and told by name, also when it blocks its process', async () => {
  const { text, last } = await run(
    {
      slow: ["test('sleeps', () => new Promise((done) => setTimeout(done, 60_000)))", "test('next', () => {})", 'test.run()'],
      blocks: ["test('spins', () => { for (;;); })", 'test.run()'],
    },
    { timeoutMs: 300 },
  )
  assert.match(text, /✘ sleeps {2}chapters\/ch.md:\d+:\d+\n +not done after 0.3 s/)
  assert.match(text, /✘ spins\n +not done after 0.3 s, and it blocks the process/)
  assert.is(last, '1 passed, 2 failed')
})

test('a skipped test is counted, and where nothing may be skipped it is a failure with its reason', async () => {
  const files = { skips: ["test.skip('on a full moon', () => {})", "test.only('one', () => {})", "test('two', () => {})", 'test.run()'] }
  const lenient = await run(files)
  assert.is(lenient.last, '1 passed, 0 failed, 2 skipped')
  assert.match(lenient.text, 'skipped: on a full moon (test.skip)')
  assert.match(lenient.text, "skipped: two ('one' has test.only)")
  const strict = await run(files, { strict: true })
  assert.is(strict.last, '1 passed, 2 failed')
})

test('a file that says so runs when no other test does', async () => {
  const busy = (name: string) => [
    "import { writeFileSync, rmSync } from 'node:fs'",
    `writeFileSync('busy-${name}', '')`,
    `test('works', () => new Promise((done) => setTimeout(done, 300)))`,
    `test.after(() => rmSync('busy-${name}'))`,
    'test.run()',
  ]
  const quiet = [
    "import { readdirSync } from 'node:fs'",
    '// Runs alone: it measures.',
    "test('quiet', () => assert.equal(readdirSync('.').filter((name) => name.startsWith('busy')), []))",
    'test.run()',
  ]
  const { last } = await run({ a: busy('a'), alone: quiet, b: busy('b') }, { jobs: 3 })
  assert.is(last, '3 passed, 0 failed')
})

test('without an earlier run, a file that says that it runs long is the first', async () => {
  const says = (name: string) => [
    "import { appendFileSync } from 'node:fs'",
    `test('works', () => appendFileSync('order', '${name} '))`,
    'test.run()',
  ]
  const { folder } = await run({ a: says('a'), b: says('b'), c: ['// Runs long: it says so.', ...says('c')] }, { jobs: 1 })
  assert.is(readFileSync(join(folder, 'order'), 'utf8'), 'c a b ')
})

test('a partial run leaves the record of the last full run as it is', async () => {
  const { config, passed, folder } = await run({ two: ["test('IO-1 one', () => {})", "test('IO-2 two', () => {})", 'test.run()'] })
  assert.is(passed, 2)
  const full = readFileSync(join(folder, '.loom/test-record.json'), 'utf8')
  const partial = await runTests(config, { grep: '^IO-2' })
  assert.equal(partial.tests.map(({ name }) => name), ['IO-2 two'])
  assert.is(readFileSync(join(folder, '.loom/test-record.json'), 'utf8'), full)
  const record = readRecord(config, false)!
  assert.equal([record.full, record.passed, record.node], [false, 1, process.version])
})

test('an interrupt ends every process that the tests started', async () => {
  const { folder } = await plantTests({
    child: [
      "import { spawn } from 'node:child_process'",
      "import { writeFileSync } from 'node:fs'",
      "test('long', async () => {",
      "  const { pid } = spawn('sleep', ['600'])",
      "  writeFileSync('pid', String(pid))",
      '  await new Promise((done) => setTimeout(done, 50_000))',
      '})',
      'test.run()',
    ],
  })
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url))
  const loom = spawn(process.execPath, ['--import', new URL('./hooks/typescript.mjs', import.meta.url).href, cli, 'test'], { cwd: folder, stdio: 'ignore' })
  const status = new Promise((done) => loom.once('exit', done))
  while (!existsSync(join(folder, 'pid')) || readFileSync(join(folder, 'pid'), 'utf8') === '') await pause(20)
  loom.kill('SIGINT')
  assert.is(await status, 130)
  const pid = Number(readFileSync(join(folder, 'pid'), 'utf8'))
  await pause(50)
  assert.not.ok(existsSync(`/proc/${pid}`) && !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')))
})

const pause = (ms: number) => new Promise((done) => setTimeout(done, ms))

test('with again, what failed beside others runs once more by itself: what passes then counts, what fails again has failed', async () => {
  const files = {
    shaky: ["import { existsSync, writeFileSync } from 'node:fs'", "test('second time', () => {", "  if (existsSync('marker')) return", "  writeFileSync('marker', '')", "  throw new Error('busy')", '})', 'test.run()'],
    wrong: ["test('never (ever)', () => { throw new Error('wrong') })", "test('once', () => { console.log('as often as it runs') })", 'test.run()'],
  }
  assert.is((await run(files)).last, '1 passed, 2 failed')
  const { last, text } = await run(files, { again: true })
  assert.is(last, '2 passed, 1 failed')
  assert.is(text.match(/as often as it runs/g)?.length, 1)
  assert.match(text, 'once more, each by itself: 2 of 2')
})

test.run()
