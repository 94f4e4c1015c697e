// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { DONE, line, print, type Given, type Noun } from './message-bus-command-table.ts'
import { HOLDING, runHolding, waitFor } from './command-lock-hold.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Run COMMAND with a permit of the semaphore at PATH, of which there are N.',
      words: ['PATH'],
      command: 'optional',
      options: {
        permits: { about: 'how many there are; the first one makes the file', short: 'p', value: 'N' },
        count: { about: 'take so many at once (1)', short: 'c', value: 'N' },
        ...HOLDING,
        status: { about: 'only say how many are taken, of how many' },
        resize: { about: 'change how many there are', value: 'N' },
      },
      notes: ['COMMAND finds in FCS_SEATS which permits it has: numbers from 0 on, that no other has meanwhile. ' +
        'Without --permits there are as many as the file says.'],
      examples: [
        ['fcs semaphore /run/lock/convert --permits 3 -- convert a.png a.jpg', 'three at a time on this machine'],
        ['fcs semaphore gpus -p 2 -- sh -c \'CUDA_VISIBLE_DEVICES=$FCS_SEATS ./train\'', 'each has a card of its own']],
      run: semaphore,
    },
  },
}

async function semaphore(given: Given): Promise<number> {
  const path = given.words[0]!
  const { Semaphore } = await import('../patterns/semaphore.ts')
  const semaphore = new Semaphore(path, given.count('permits'))
  const resize = given.count('resize')
  if (resize !== undefined) semaphore.resize(resize)
  if (given.has('status') || resize !== undefined) {
    const { permits, taken } = semaphore.state()
    await print(given.has('json') ? line({ path, permits, taken }) : `${taken} of ${permits}\n`)
    return DONE
  }
  if (given.command === undefined) throw given.usage('the command is missing: fcs semaphore PATH -- COMMAND…')
  const count = given.count('count') ?? 1
  const permit = await waitFor(given, path, timeoutMs => semaphore.acquire({ count, timeoutMs }))
  return await runHolding(given, permit, { env: { FCS_SEATS: permit.seats.join(' ') } })
}
