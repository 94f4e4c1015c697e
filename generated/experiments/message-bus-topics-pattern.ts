// Told in chapters/05-experiments/03-message-bus-topics.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'

const BYTES_MAX = 255

/** Refuses what is no topic: EINVAL. */
export function checkTopic(topic: string): void {
  if (/^[^\s.*>]+(\.[^\s.*>]+)*$/.test(topic) && Buffer.byteLength(topic) <= BYTES_MAX) return
  throw invalid(topic, 'a topic is words with dots between them, without *, > and spaces')
}

/** Says of a topic whether it matches. EINVAL for what is no pattern. */
export function matcher(pattern: string): (topic: string) => boolean {
  const words = pattern.split('.')
  const isRest = words.at(-1) === '>'
  const fixed = isRest ? words.slice(0, -1) : words
  for (const word of fixed) if (word !== '*') checkWord(pattern, word)
  const known = new Map<string, boolean>()
  return topic => {
    const before = known.get(topic)
    if (before !== undefined) return before
    if (known.size >= 10_000) known.clear()
    const matches = isMatch(fixed, isRest, topic.split('.'))
    known.set(topic, matches)
    return matches
  }
}

function isMatch(fixed: string[], isRest: boolean, words: string[]): boolean {
  if (isRest ? words.length <= fixed.length : words.length !== fixed.length) return false
  return fixed.every((word, i) => word === '*' || word === words[i])
}

function checkWord(pattern: string, word: string): void {
  if (/^[^\s*>]+$/.test(word)) return
  throw invalid(pattern, 'in a pattern * stands for one whole word, and > for the rest, at the end')
}

function invalid(path: string, hint: string): SystemError {
  return new SystemError('EINVAL', 'open', { path, hint })
}
