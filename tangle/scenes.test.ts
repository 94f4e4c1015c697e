// Pages whose run blocks tell the truth, and pages whose run blocks lie.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { readBook } from './book.ts'
import { matches, run } from './scenes.ts'
import { configOf, fence, plant } from './testing.ts'

const hooks = new URL('./hooks/register.mjs', import.meta.url).href

async function play(page: string, refresh = false) {
  const folder = plant({ 'a.md': page, 'loom.json': JSON.stringify({ run: { ts: ['node', '--import', hooks, '--import', 'tsx', '{file}'] } }) })
  const result = await run(await readBook(configOf(folder)), { refresh })
  return { ...result, page: readFileSync(join(folder, 'a.md'), 'utf8') }
}

const shown = (...lines: string[]) => fence('text output', ...lines)

test('LIT-12 a block that prints what the page shows passes', async () => {
  const { passed, problems } = await play(fence('sh run', 'echo hello; echo oops >&2') + shown('hello', 'oops'))
  assert.equal([passed, problems], [1, []])
})

test('LIT-12 a block that prints something else is told with the line that differs', async () => {
  const { problems } = await play(fence('sh run', 'echo hello; echo world') + shown('hello', 'word'))
  assert.is(problems.length, 1)
  assert.equal([problems[0]!.line, problems[0]!.column], [6, 1])
  assert.match(problems[0]!.message, /shows 'word', the program prints 'world'/)
})

test('LIT-12 a block that prints less, or more, than the page shows is told', async () => {
  for (const lines of [['hello'], ['hello', 'a', 'b']]) {
    const { problems } = await play(fence('sh run', 'echo hello; echo a') + shown(...lines))
    assert.is(problems.length, 1)
  }
})

test('LIT-12 refresh writes what is printed, keeps what still holds, and touches nothing else', async () => {
  const page = `# A\r\n\r\n> ${fence('sh run', 'echo $((40 + 2)); echo; echo pid $$').trim().replaceAll('\n', '\r\n> ')}\r\n> \r\n> ${'```'}text output\r\n> 41\r\n> ${'```'}\r\n\r\nEnd\r\n`
  const once = await play(page, true)
  assert.match(once.page, /^# A\r\n\r\n> ```sh run\r\n(.*\r\n)*> 42\r\n>\r\n> pid \d+\r\n> ```\r\n\r\nEnd\r\n$/)
  const twice = await play(once.page.replace(/pid \d+/, 'pid …'), true)
  assert.equal(twice.refreshed, [])
})

test('LIT-12 the blocks of a page are one scene: the second finds what the first left', async () => {
  const { passed } = await play(fence('sh run', 'echo x > file') + fence('js run', "import { readFileSync } from 'node:fs'", "console.log(readFileSync('file', 'utf8').trim())") + shown('x'))
  assert.is(passed, 2)
})

test('LIT-12 a console block is checked command by command', async () => {
  const good = await play(fence('console run', '$ export A=1; echo one', 'one', '$ echo $A \\', '> two', '1 two'))
  assert.equal(good.problems, [])
  const bad = await play(fence('console run', '$ echo one', 'two', '$ echo 3', '3'), true)
  assert.match(bad.page, /\$ echo one\none\n\$ echo 3\n3\n/)
})

test('LIT-12 an exit status is expected like an output', async () => {
  assert.is((await play(fence('sh run exit=3', 'exit 3'))).problems.length, 0)
  assert.match((await play(fence('sh run', 'echo why; exit 3'))).problems[0]!.hint!, /why/)
})

test('LIT-12 a block that does not end is ended, with all that it started', async () => {
  const { problems } = await play(fence('sh run timeout=0.3s', 'sleep 60 & sleep 60'))
  assert.match(problems[0]!.message, /did not end within 0.3 s/)
})

test('LIT-12 a run block may refer to chunks, and an error in it is told with the chapter line', async () => {
  const { problems } = await play(`${fence('ts run', '// <<fail>>')}\n**Fail.** So:\n\n${fence('ts name="fail"', "throw new Error('no')")}`)
  assert.match(problems[0]!.hint!, /a\.md:8/)
})

test('an ellipsis stands for anything in a line, and alone for any lines', () => {
  assert.ok(matches(['a … c', '…', 'z'], ['a bbb c', 'x', 'y', 'z']))
  assert.ok(matches(['…'], []))
  assert.not(matches(['a … c'], ['a b']))
  assert.not(matches(['…', 'z'], ['z', 'y']))
})

test.run()
