// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import { DONE, line, NOTHING, print, printUnlessLeft, type Given, type Noun } from './message-bus-command-table.ts'
import { waitFor } from './command-lock-hold.ts'
import { runWithToken, TERM, termOptions } from './command-lease.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Wait until this one leads at PATH, and run COMMAND as the leader.',
      words: ['PATH'],
      command: 'optional',
      options: {
        ...TERM,
        status: { about: 'only say who leads; 3 if nobody does' },
        follow: { about: 'say who leads, now and whenever it changes' },
      },
      notes: ['COMMAND finds the number of its term in FCS_TOKEN. When the term is over it is ended: status 124. ' +
        'When it ends, another leads.'],
      examples: [
        ['fcs elect shop.leader --name "$(hostname)" --ttl 10 -- ./server', 'start it everywhere; one runs'],
        ['fcs elect shop.leader --follow --json', 'a line for each leader, and for each gap']],
      run: elect,
    },
  },
}

async function elect(given: Given): Promise<number> {
  const path = given.words[0]!
  const { Election } = await import('../patterns/leader-election.ts')
  if (given.has('status') || given.has('follow')) return tell(given, new Election(path))
  const election = new Election(path, termOptions(given))
  const term = await waitFor(given, path, timeoutMs => election.campaign({ timeoutMs }))
  const { token, signal, descriptor } = term
  return runWithToken(given, { token, signal, descriptor, release: () => term.resign() }, { FCS_LEASE: path })
}

type Leaders = InstanceType<typeof import('../patterns/leader-election.ts').Election>

async function tell(given: Given, election: Leaders): Promise<number> {
  const textOf = (leader: ReturnType<Leaders['leader']>) => given.has('json')
    ? line({ path: election.path, leader })
    : leader === null ? '-\n' : `${`${leader.token}  ${leader.pid}  ${leader.name}`.trimEnd()}\n`
  if (given.has('status')) {
    const leader = election.leader()
    await print(textOf(leader))
    return leader === null ? NOTHING : DONE
  }
  for await (const leader of election.follow()) if (!await printUnlessLeft(textOf(leader))) break
  return DONE
}
