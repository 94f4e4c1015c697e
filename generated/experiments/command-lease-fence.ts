// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import type { Given, Noun } from './message-bus-command-table.ts'
import { runChild } from './command-lock-child.ts'
import { waitFor, WAITING } from './command-lock-hold.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Run COMMAND unless a greater token than TOKEN has passed the fence at PATH.',
      words: ['PATH', 'TOKEN'],
      command: 'needed',
      options: WAITING,
      notes: ['PATH is a file of its own beside what is protected, and is made if it is not there. One command ' +
        'passes at a time. A token that is too old is refused: ESTALE, status 1.'],
      examples: [['fcs fence list.fence "$FCS_TOKEN" -- mv list.new list', 'inside of fcs lease or fcs elect']],
      run: fence,
    },
  },
}

async function fence(given: Given): Promise<number> {
  const [path, text] = given.words as [string, string]
  const token = /^[1-9]\d{0,15}$/.test(text) ? Number(text) : NaN
  if (!Number.isSafeInteger(token)) throw given.usage(`TOKEN is a whole number from 1 on, not '${text}'`)
  const { Fence } = await import('../patterns/fencing-lease.ts')
  const fence = new Fence(path)
  return await waitFor(given, path, timeoutMs => fence.pass(token, () => runChild(given.command!), { timeoutMs }))
}
