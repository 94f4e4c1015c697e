// A small catalogue, and records of runs as the test verb writes them.
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { idsOf, isMet, requirements, requirementsJson, requirementsTable } from './requirements.ts'
import { type TestRecord, writeRecord } from './test-record.ts'
import { configOf, fence, loom, plant } from './testing.ts'

const catalogue = [
  '# What must be shown', '', '| ID | what |', '| --- | --- |',
  '| IO-1 | A write is whole \\| or it is not there. |', '| `IPC-3.9` | Released. |', '| BOOK-Q1 | Shared. |', '', fence('text', '| IO-7 | in a fence |'),
].join('\n')
const settings = JSON.stringify({ requirements: 'req.md' })

function plantRecord(tests: [name: string, ok: boolean][], record: Partial<TestRecord> = {}) {
  const folder = plant({ 'req.md': catalogue, 'loom.json': settings, 'a.test.ts': tests.map(([name]) => `\ntest('${name}')\n`).join('') })
  const config = configOf(folder)
  mkdirSync(join(folder, '.loom'))
  const rows = tests.map(([name, ok]) => ({ file: 'a.test.ts', name, ms: 1, ok }))
  const date = new Date(Date.now() - 3 * 3600_000).toISOString()
  writeRecord(config, { date, commit: null, dirty: false, node: 'v20', full: true, ms: 1, passed: 1, failed: 0, skipped: 0, tests: rows, ...record })
  return { folder, config }
}

test('a requirement is met when one of its tests passed and none failed', () => {
  const { config } = plantRecord([['IO-1 IPC-3.9 both', true], ['IPC-3.9 fails', false], ['no ID at all', false]])
  const { rows, problems } = requirements(config)
  assert.equal(rows.map((row) => [row.id, row.passed, row.failed, isMet(row)]), [['IO-1', 1, 0, true], ['IPC-3.9', 1, 1, false], ['BOOK-Q1', 0, 0, false]])
  assert.is(rows[0]!.words, 'A write is whole | or it is not there.')
  assert.equal(problems, [])
  const table = requirementsTable(config, requirements(config)).join('\n')
  assert.match(table, '1 of 3 met, 2 unmet')
  assert.match(table, /\(3 hours ago\), of no commit, Node v20/)
})

test('IDs are taken from the beginning of the name only', () => {
  assert.equal(idsOf({ name: 'LIT-4 LIT-5 tangling twice is like once, see IO-1' }), ['LIT-4', 'LIT-5'])
  assert.equal(idsOf({ suite: 'BOOK-Q1', name: 'the rest' }), ['BOOK-Q1'])
  assert.equal(idsOf({ name: 'UTF-8x is no ID' }), [])
})

test('the form for machines has every row and nothing else, and zeros before the first run', async () => {
  const { folder, config } = plantRecord([['IO-1 one', true]])
  const { stdout, status } = await loom(folder, 'requirements', '--json')
  assert.equal(JSON.parse(stdout), { 'IO-1': { passed: 1, failed: 0 }, 'IPC-3.9': { passed: 0, failed: 0 }, 'BOOK-Q1': { passed: 0, failed: 0 } })
  assert.is(stdout.trim(), requirementsJson(requirements(config)))
  assert.is(status, 0)
  const fresh = plant({ 'req.md': catalogue, 'loom.json': settings })
  const before = await loom(fresh, 'requirements', '--json')
  assert.equal([before.status, JSON.parse(before.stdout)['IO-1']], [0, { passed: 0, failed: 0 }])
  assert.match(before.stderr, 'run make test')
})

test('a test that carries an unknown ID is told at its place, with the nearest known one', async () => {
  const { folder } = plantRecord([['IO-1 one', true], ['IPC-3.8 typo', true]])
  const { status, stderr } = await loom(folder, 'requirements')
  assert.is(status, 1)
  assert.match(stderr, "a.test.ts:4:7: no requirement is called 'IPC-3.8'\n  hint: did you mean IPC-3.9?")
})

test('an ID that stands twice in the catalogue is told', () => {
  const folder = plant({ 'req.md': `${catalogue}\n| IO-1 | again |\n`, 'loom.json': settings })
  assert.throws(() => requirements(configOf(folder)), /req.md:13:3: 'IO-1' stands here twice/)
})

test.run()
