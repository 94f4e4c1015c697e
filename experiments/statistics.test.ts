import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { formatRatio, formatSummary, formatTo, keepDigits, percentile, summarize } from './statistics.ts'

test('LIT-10 the median of an even number of samples lies between the two in the middle', () => {
  assert.is(percentile([4, 1, 3, 2], 0.5), 2.5)
  assert.equal(summarize([5]), { median: 5, low: 5, high: 5 })
})

test('LIT-10 a median is shown with no more digits than the spread justifies', () => {
  assert.is(formatSummary({ median: 12345.6, low: 11912, high: 12811 }).median, '12,300')
  assert.is(formatSummary({ median: 12345.6, low: 9000, high: 16000 }).median, '12,000')
  assert.is(formatSummary({ median: 12345.6, low: 12345, high: 12346 }).median, '12,300')
  assert.is(formatSummary({ median: 0.123456, low: 0.1, high: 0.15 }).median, '0.12')
  assert.equal(formatSummary({ median: 1.004, low: 0.999, high: 1.2 }), { median: '1.0', low: '1.0', high: '1.2' })
})

test('LIT-10 samples that are all alike are shown without zeros of decoration', () => {
  const alike = (value: number) => formatSummary({ median: value, low: value, high: value }).median
  assert.equal([5, 100, 0.5, 2.25, 0, 1234].map(alike), ['5', '100', '0.5', '2.25', '0', '1,230'])
})

test('LIT-10 low and high are rounded to the step of the median, and never to nothing', () => {
  const { low, high } = formatSummary({ median: 1_234_567, low: 31, high: 2_345_678 })
  assert.equal([low, high], ['30', '2,300,000'])
})

test('LIT-10 a ratio has two digits, and none when there is nothing to compare', () => {
  assert.equal([1, 2.66, 0.034, 27.2, 271, 12345].map(formatRatio), ['1.0×', '2.7×', '0.034×', '27×', '270×', '12,000×'])
  assert.is(formatRatio(Number.NaN), '–')
  assert.is(formatRatio(5 / 0), '–')
})

test('LIT-10 numbers below zero and zero itself are shown as they are', () => {
  assert.equal([formatTo(-1234, 10), formatTo(0, 1), formatTo(0.04, 1)], ['-1,230', '0', '0.04'])
})

test('LIT-10 raw samples keep six digits', () => {
  assert.equal([1 / 3, 123456789, 5].map(keepDigits), [0.333333, 123457000, 5])
})

test.run()
