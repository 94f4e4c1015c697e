import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checksum, formatResult, readResult } from './result.ts'
import { sample } from './sample.ts'

const text = formatResult(sample)
const told = (changed: string) => readResult(changed, 'experiments/patterns/box.json').problems.map(({ line, message }) => `${line}: ${message}`)

test('LIT-10 a result is read back as it was written, and written the same again', () => {
  const { result, problems } = readResult(text, 'box.json')
  assert.equal(problems, [])
  assert.equal(result, sample)
  assert.is(formatResult(result!), text)
})

test('LIT-10 each row stands on one line', () => {
  for (const { name } of sample.rows) assert.is(text.split('\n').filter((line) => line.includes(`{"name":"${name}"`)).length, 1)
})

test('LIT-10 a hand edit of a sample, a date or the text is seen', () => {
  for (const [from, to] of [['101', '201'], ['2026-11-01', '2026-11-02'], ['How fast', 'How  fast']] as const) {
    assert.match(told(text.replace(from, to)).join(), 'edited by hand')
  }
  assert.match(told(text.replace(checksum(sample), '')).join(), 'edited by hand')
})

test('LIT-10 line ends that a checkout changed are no edit', () => {
  assert.equal(told(text.replace(/\n/g, '\r\n')), [])
})

test('LIT-10 a row of another machine is seen even when the checksum is right, with its line', () => {
  const rows = sample.rows.map((row, i) => (i === 1 ? { ...row, setting: 'another' } : row))
  const mixed = formatResult({ ...sample, rows })
  const line = mixed.split('\n').findIndex((one) => one.includes('"another"')) + 1
  assert.equal(told(mixed), [`${line}: the row 'by rename' was measured on another machine or software than the file says`])
})

test('LIT-10 a file that is no result is told as such', () => {
  assert.match(told('<<<<<<< HEAD')[0]!, 'not the data of an experiment')
  assert.match(told('{}')[0]!, 'not the data of an experiment')
})

test.run()
