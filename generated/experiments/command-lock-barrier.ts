// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { DONE, FAILED, line, print, type Given, type Noun } from './message-bus-command-table.ts'
import { runChild } from './command-lock-child.ts'
import { waitFor, WAITING } from './command-lock-hold.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Wait until N parties have come to PATH. With COMMAND, come when it is done.',
      words: ['PATH'],
      command: 'optional',
      options: {
        parties: { about: 'how many come', short: 'p', value: 'N' },
        name: { about: 'what the others are told, up to 20 bytes', value: 'NAME' },
        ...WAITING,
      },
      notes: ['It prints the seat, a number from 0 on that no other party has. A seat is taken at once, and ' +
        'one who dies or fails before all have come ends the meeting for all: EOWNERDEAD, status 1.',
        'PATH is a folder, and good for one meeting.'],
      examples: [
        ['fcs barrier /run/start-7 --parties 4 && ./begin', 'all four begin at the same time'],
        ['fcs barrier run-7 -p 4 -- make data && ./use data', 'none begins before the data of all are there']],
      run: barrier,
    },
  },
}

async function barrier(given: Given): Promise<number> {
  const path = given.words[0]!
  const parties = given.count('parties')
  if (parties === undefined) throw given.usage('--parties is missing: how many come')
  const name = given.text('name') ?? ''
  if (Buffer.byteLength(name) > 20) throw given.usage('--name takes up to 20 bytes')
  const { Barrier } = await import('../patterns/barrier.ts')
  const party = new Barrier(path, parties).join(name)
  try {
    // do the command before we say that we are here
    if (given.command !== undefined) {
      const status = await runChild(given.command, { env: { FCS_SEAT: String(party.seat) } })
      if (status !== DONE) {
        await print(`fcs: ${given.command[0]} ended with ${status}; the others are told\n`, 2)
        return FAILED
      }
    }
    await waitFor(given, path, timeoutMs => party.meet({ timeoutMs }))
  } finally {
    party.leave()
  }
  await print(given.has('json') ? line({ path, seat: party.seat, parties }) : `${party.seat}\n`)
  return DONE
}
