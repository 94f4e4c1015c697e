import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkExperiment, Refusal } from './experiment.ts'

const row = { name: 'a', run: () => 1 }
const good = { question: 'How fast?', unit: 'ms', better: 'lower', rows: [row] }
const complaint = (value: unknown): string => {
  try {
    checkExperiment(value, 'x.experiment.ts')
  } catch (error) {
    assert.instance(error, Refusal)
    return (error as Error).message
  }
  return ''
}

test('LIT-10 an experiment of the right shape is taken', () => {
  assert.is(checkExperiment(good, 'x.experiment.ts'), good)
  assert.is(complaint({ ...good, baseline: ['a'], peers: [], debian: ['hyperfine'], runs: 3, timeoutMs: 10 }), '')
})

test('LIT-10 everything that is wrong with an experiment is told at once, with the file', () => {
  const told = complaint({ ...good, better: 'more', rowz: 1, rows: [row, row, { name: 'b' }], baseline: 'aa', runs: 0 })
  for (const part of [
    "x.experiment.ts: better is 'higher' or 'lower', not 'more'",
    "unknown key 'rowz'; did you mean 'rows'?",
    "two rows are called 'a'",
    'row 3 has no run',
    "the baseline 'aa' is not a row; did you mean 'a'?",
    'runs must be 1 or more',
  ]) assert.match(told, part)
})

test('LIT-10 a module without an experiment is told so', () => {
  assert.match(complaint(undefined), 'the default export must be an experiment')
  assert.match(complaint({ ...good, rows: [] }), 'the experiment has no rows')
  assert.match(complaint({ ...good, unit: 5 }), 'unit of the experiment must be a string')
})

test.run()
