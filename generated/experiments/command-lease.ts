// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
import { DONE, line, LOST, NOTHING, print, type Given, type Noun, type Option } from './message-bus-command-table.ts'
import { HOLDING, runHolding, waitFor, type Held } from './command-lock-hold.ts'

/** The options of lease and election. */
export const TERM: Readonly<Record<string, Option>> = {
  ttl: { about: 'it ends so long after its last renewal, which comes by itself', short: 't', value: 'SECONDS' },
  name: { about: 'what is told to those who ask who has it, up to 20 bytes', value: 'NAME' },
  'kill-after': { about: 'how long after SIGTERM the command gets SIGKILL (5)', short: 'k', value: 'SECONDS' },
  ...HOLDING,
}

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Run COMMAND while the lease of PATH is held, and end it when the lease is lost.',
      words: ['PATH'],
      command: 'optional',
      options: { ...TERM, status: { about: 'only say who has it; 3 if nobody has' } },
      notes: [
        'COMMAND finds its token in FCS_TOKEN, and the path in FCS_LEASE. It should show the token at a fence, ' +
        'see fcs fence, since it may be running when the lease is lost.',
        'Without --ttl the lease lives by its lock, and is lost only with the process. With it, a holder that ' +
        'was stopped for longer has lost it, and its command is ended: status 124.'],
      examples: [
        ['fcs lease price.lease --ttl 30 -- sh rebuild.sh', 'nobody waits longer than 30 s for a sleeping holder'],
        ['fcs lease price.lease --status --json | jq .token', 'the greatest token that was given']],
      run: lease,
    },
  },
}

async function lease(given: Given): Promise<number> {
  const path = given.words[0]!
  const { acquireLease, readLease } = await import('../patterns/fencing-lease.ts')
  if (given.has('status')) {
    const { isHeld = false, token = 0, name = '', pid = 0 } = readLease(path) ?? {}
    const text = isHeld ? `${token}  ${pid}  ${name}` : `${token}`
    await print(given.has('json') ? line({ path, isHeld, token, name, pid }) : `${text.trimEnd()}\n`)
    return isHeld ? DONE : NOTHING
  }
  const options = termOptions(given)
  const lease = await waitFor(given, path, timeoutMs => acquireLease(path, { ...options, timeoutMs }))
  return runWithToken(given, lease, { FCS_LEASE: path })
}

/** What lease and election are told. Wrong values are refused before anything is touched. */
export function termOptions(given: Given): { ttlMs: number | undefined, name: string } {
  const [ttlMs, name = ''] = [given.ms('ttl'), given.text('name')]
  if (ttlMs === 0) throw given.usage('--ttl must be more than 0')
  if (Buffer.byteLength(name) > 20 || /[\r\n]/.test(name)) {
    throw given.usage('--name takes one line of up to 20 bytes')
  }
  if (given.command === undefined) throw given.usage('the command is missing, behind --')
  return { ttlMs, name }
}

export async function runWithToken(
  given: Given, held: Held & { token: number, signal: AbortSignal }, env: Record<string, string>,
): Promise<number> {
  const { signal, token } = held
  const killAfterMs = given.ms('kill-after') ?? 5000
  const status = await runHolding(given, held, {
    signal, killAfterMs, env: { ...env, FCS_TOKEN: String(token) },
  })
  if (!signal.aborted) return status
  throw Object.assign(signal.reason as Error, { status: LOST })
}
