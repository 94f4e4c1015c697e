import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { readConfig } from '../tangle/config.ts'
import { Problems } from '../tangle/problem.ts'
import { report } from './report.ts'
import { formatResult, type Result } from './result.ts'
import { sample } from './sample.ts'

interface Scene {
  root: string
}

const test = suite<Scene>('report')
const data = 'experiments/patterns/box.json'
const picture = 'experiments/patterns/box.svg'
const page = 'chapters/03/01-box.md'
const marked = '# Box\n\n<!-- result:patterns/box -->\n<!-- /result -->\n\nAfter it.\n'

test.before.each((scene) => {
  scene.root = mkdtempSync(join(tmpdir(), 'report-'))
  write(scene, 'loom.json', '{"documents": ["chapters"]}')
  write(scene, 'generated/patterns/box.experiment.ts', '')
  write(scene, data, formatResult(sample))
  write(scene, page, marked)
})

test.after.each(({ root }) => rmSync(root, { recursive: true }))

function write({ root }: Scene, file: string, text: string): void {
  mkdirSync(dirname(join(root, file)), { recursive: true })
  writeFileSync(join(root, file), text)
}

const read = ({ root }: Scene, file: string) => readFileSync(join(root, file), 'utf8')
const refresh = ({ root }: Scene) => report(readConfig(root))
const change = (scene: Scene, file: string, from: string | RegExp, to: string) => {
  const text = read(scene, file)
  assert.match(text, from)
  write(scene, file, text.replace(from, to))
}
const told = async ({ root }: Scene) =>
  (await report(readConfig(root), { check: true })).problems.map(({ file, line, message }) => `${file}:${line}: ${message}`)

test('LIT-10 the table, the chart and where the numbers come from stand between the markers', async (scene) => {
  assert.equal((await refresh(scene)).written.sort(), [page, picture])
  const text = read(scene, page)
  for (const part of [
    '| by link        |             101 |',
    '| by mail & hope |             8.3 |',
    '≥ 9,000 met |',
    '≥ 2× missed |',
    '![Chart of drops/s by row, each sample a dot, with the medians by link 101, by rename 11,000, by mail & hope 8.3.](../../experiments/patterns/box.svg)',
    '_Measured on 2026-11-01 at commit 0123456789ab; A Processor, 2 processors, 24 GiB; Linux 6.18.0; ext4 (rw,relatime); Node 20.20.2; better-sqlite3 12.11.1; 3 runs of each row, in turn._',
  ]) assert.ok(text.includes(part), `${part} in\n${text}`)
})

test('LIT-10 numbers of a machine that was busy with something else are shown as such', async (scene) => {
  write(scene, data, formatResult({ ...sample, rows: sample.rows.map((row) => ({ ...row, load: 5.25 })) }))
  await refresh(scene)
  assert.match(read(scene, page), '3 runs of each row, in turn; on a busy machine, its load average being 5.25 before._')
})

test('LIT-10 a second report changes nothing, and the check is content', async (scene) => {
  await refresh(scene)
  const before = statSync(join(scene.root, page)).mtimeMs
  assert.equal((await refresh(scene)).written, [])
  assert.is(statSync(join(scene.root, page)).mtimeMs, before)
  assert.equal(await told(scene), [])
})

test('LIT-10 nothing outside the markers changes, and carriage returns stay', async (scene) => {
  const around = ['\uFEFF# Box', '', 'before  ', '', '<!-- result:patterns/box -->', 'stale', '<!-- /result -->', 'after\t', '']
  write(scene, page, around.join('\r\n'))
  await refresh(scene)
  const text = read(scene, page)
  assert.ok(text.startsWith('\uFEFF# Box\r\n\r\nbefore  \r\n\r\n<!-- result:patterns/box -->\r\n\r\n| '))
  assert.ok(text.endsWith('_\r\n\r\n<!-- /result -->\r\nafter\t\r\n'))
  assert.is(text.replace(/\r\n/g, '').includes('\n'), false)
  assert.equal(await told(scene), [])
})

test('LIT-10 markers that a fence or inline code shows are left alone', async (scene) => {
  const shown = '```md\n<!-- result:patterns/nix -->\n```\n\nas `<!-- /result -->` does\n\n'
  write(scene, page, shown + marked)
  await refresh(scene)
  assert.ok(read(scene, page).startsWith(shown))
  assert.equal(await told(scene), [])
})

for (const [what, text, wanted] of [
  ['unclosed', '\n<!-- result:patterns/box -->\n\ntext\n', "2: the result 'patterns/box' is never closed"],
  ['unclosed before the next', `<!-- result:patterns/box -->\n\n${marked}`, "1: the result 'patterns/box' is never closed"],
  ['closing nothing', `${marked}\n<!-- /result -->\n`, '8: this marker closes no result'],
  ['misspelt', `${marked}\n<!-- result patterns/box -->\n`, "8: unknown marker '<!-- result patterns/box -->'"],
  ['with text on its line', `<!-- result:patterns/box --> here\n\n${marked}`, "1: unknown marker '<!-- result:patterns/box --> here'"],
  ['in a quote', `> <!-- result:patterns/box -->\n> <!-- /result -->\n\n${marked}`, '1: a marker of a result stands at the margin'],
  ['in a sentence', `so <!-- result:patterns/box --> it is\n\n${marked}`, '1: a marker of a result stands at the margin'],
] as const) {
  test(`LIT-10 a marker ${what} is told with its line, and nothing is written`, async (scene) => {
    write(scene, page, text)
    assert.match((await told(scene)).join('\n'), `${page}:${wanted}`)
    try {
      await refresh(scene)
      assert.unreachable('the report was made')
    } catch (error) {
      assert.instance(error, Problems)
    }
    assert.is(read(scene, page), text)
  })
}

test('LIT-10 a marker without data is told, and so is one of an experiment that is not there', async (scene) => {
  await refresh(scene)
  write(scene, 'generated/patterns/maildir.experiment.ts', '')
  write(scene, page, `${read(scene, page)}\n<!-- result:patterns/maildir -->\n<!-- /result -->\n\n<!-- result:patterns/bax -->\n<!-- /result -->\n`)
  const lines = await told(scene)
  assert.is(lines.length, 2)
  assert.match(lines[0]!, "nothing was measured for 'patterns/maildir' yet")
  assert.match(lines[1]!, "no experiment 'patterns/bax'")
})

test('LIT-10 a table that was edited by hand fails the check, with its line', async (scene) => {
  await refresh(scene)
  change(scene, page, '11,000 |', '19,000 |')
  const line = read(scene, page).split('\n').findIndex((text) => text.includes('19,000')) + 1
  assert.equal(await told(scene), [`${page}:${line}: the result is not what ${data} gives: it was edited, or is of before`])
  await refresh(scene)
  assert.equal(await told(scene), [])
})

test('LIT-10 a line that was added to or removed from a table fails the check', async (scene) => {
  await refresh(scene)
  change(scene, page, '\n<!-- /result', '\nmore\n\n<!-- /result')
  assert.match((await told(scene))[0]!, 'the result is not what')
  await refresh(scene)
  change(scene, page, /\| by rename.*\n/, '')
  assert.match((await told(scene))[0]!, 'the result is not what')
})

test('LIT-10 data that was edited by hand fails the check and is not shown', async (scene) => {
  await refresh(scene)
  change(scene, data, '10100', '90100')
  assert.match((await told(scene)).join(), /box\.json:\d+: the data was edited by hand/)
  const before = read(scene, page)
  await refresh(scene).catch((error) => assert.instance(error, Problems))
  assert.is(read(scene, page), before)
})

test('LIT-10 a chart that is missing, edited, or of other data fails the check', async (scene) => {
  await refresh(scene)
  change(scene, picture, 'cx="', 'cx="1')
  assert.match((await told(scene)).join(), `${picture}:1: the chart is not that of ${data}`)
  await refresh(scene)
  write(scene, data, formatResult({ ...sample, unit: 'boxes/s' } as Result))
  assert.match((await told(scene)).join(), `${picture}:1: the chart is not that of ${data}`)
  rmSync(join(scene.root, picture))
  assert.match((await told(scene)).join(), `the chart of ${data} is missing`)
})

test('LIT-10 data that no page shows, and a chart without data, fail the check', async (scene) => {
  await refresh(scene)
  write(scene, 'experiments/patterns/other.json', formatResult({ ...sample, experiment: 'patterns/other' }))
  await refresh(scene)
  write(scene, 'experiments/old/gone.svg', '<svg/>')
  assert.equal(await told(scene), [
    'experiments/patterns/other.json:1: no page shows this result',
    "experiments/old/gone.svg:1: the chart 'gone.svg' has no data",
  ])
})

test('LIT-10 rows of different machines in one file fail the check', async (scene) => {
  await refresh(scene)
  write(scene, data, formatResult({ ...sample, rows: [sample.rows[0]!, { ...sample.rows[1]!, setting: 'elsewhere' }] }))
  assert.match((await told(scene)).join(), /box\.json:\d+: the row 'by rename' was measured on another machine/)
})

test.run()
