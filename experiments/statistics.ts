// Samples into the few numbers that a reader is shown, with no more digits than the samples bear.

/** What a table tells of a row's samples. `low` and `high` are the 10th and the 90th percentile. */
export interface Summary {
  median: number
  low: number
  high: number
}

export function summarize(samples: readonly number[]): Summary {
  return { median: percentile(samples, 0.5), low: percentile(samples, 0.1), high: percentile(samples, 0.9) }
}

/** The value below which the share `p` of the samples lies, interpolated between neighbours. NaN of no samples. */
export function percentile(samples: readonly number[], p: number): number {
  const sorted = [...samples].sort((a, b) => a - b)
  const at = (sorted.length - 1) * p
  const below = sorted[Math.floor(at)] ?? Number.NaN
  const above = sorted[Math.ceil(at)] ?? Number.NaN
  return below + (above - below) * (at - Math.floor(at))
}

/**
 * The step to which a summary is rounded: a power of ten not finer than half the distance from low to high, so
 * that the last digit shown is one that the next run may change, but leaves two to three digits of the median.
 */
export function stepOf({ median, low, high }: Summary): number {
  if (median === 0) return powerAtMost((high - low) / 2 || 1)
  const size = powerAtMost(Math.abs(median))
  const spread = (high - low) / 2
  const step = spread > 0 ? powerAtMost(spread) : 0
  return Math.min(size / 10, Math.max(size / 100, step))
}

/** The median, low and high as text, all to the same step. */
export function formatSummary(summary: Summary): Record<keyof Summary, string> {
  const step = stepOf(summary)
  // Samples that are all alike are exact: trailing zeros would only pretend to more.
  const exact = summary.low === summary.high
  const text = (value: number) => (exact ? formatTo(value, step).replace(/\.0+$|(\.\d*[1-9])0+$/, '$1') : formatTo(value, step))
  return { median: text(summary.median), low: text(summary.low), high: text(summary.high) }
}

/** Rounds to a multiple of `step`, but not to nothing: a value below it keeps one digit of its own. Thousands are parted. */
export function formatTo(value: number, step: number): string {
  if (!Number.isFinite(value)) return '–'
  const own = value !== 0 && Math.abs(value) < step / 2 ? powerAtMost(Math.abs(value)) : step
  const digits = Math.min(20, Math.max(0, -Math.floor(Math.log10(own) + 1e-9)))
  const rounded = Math.round(value / own) * own
  return rounded.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** `2.7×`: two digits, which is as much as a quotient of two medians can bear. */
export function formatRatio(ratio: number): string {
  return Number.isFinite(ratio) && ratio !== 0 ? `${formatTo(ratio, powerAtMost(Math.abs(ratio)) / 10)}×` : '–'
}

/** Raw samples are kept to six digits: beyond them there is only the clock's noise. */
export function keepDigits(sample: number): number {
  return Number(sample.toPrecision(6))
}

function powerAtMost(value: number): number {
  return 10 ** Math.floor(Math.log10(value) + 1e-9)
}
