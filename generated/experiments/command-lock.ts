// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
import { BUSY, DONE, line, print, type Given, type Noun } from './message-bus-command-table.ts'
import { HOLDING, runHolding, waitFor } from './command-lock-hold.ts'

export const noun: Noun = {
  verbs: {
    '': {
      about: 'Run COMMAND while the lock of PATH is held. PATH is made if it is not there.',
      words: ['[PATH]'],
      command: 'optional',
      options: {
        shared: { about: 'together with others that are shared', short: 's' },
        ...HOLDING,
        fd: { about: 'lock the file that is open as N', value: 'N' },
        flock: { about: 'the lock of flock(1), which is another' },
        status: { about: 'only say whether it is free, shared or held' },
      },
      // say what a lock is good for
      notes: [
        'The lock is that of lockFile in the library, and of any program that locks the whole file with fcntl(2). ' +
        'COMMAND inherits it as descriptor 3: if fcs is killed, it is held until COMMAND ends.',
        'With --fd the lock stays with the shell that opened the file, until it closes the descriptor or ends. ' +
        'An exclusive lock needs a file that is open for writing.',
        '--status ends with 0 if the lock is free, else with 75.'],
      examples: [
        ['fcs lock /run/lock/backup --nonblock -- sh backup.sh', 'not twice at a time'],
        ['fcs lock --shared data.lock -- grep -c x data', 'with other readers, without a writer'],
        ['exec 9>>state.lock; fcs lock --fd 9 --timeout 5 || exit', 'the rest of the script holds the lock']],
      run: lock,
    },
  },
}

async function lock(given: Given): Promise<number> {
  const { words: [path], command } = given
  if (given.has('fd')) return lockOpenFile(given)
  if (path === undefined) throw given.usage('the PATH is missing')
  if (given.has('status')) return tell(given, path)
  if (command === undefined) throw given.usage('the command is missing: fcs lock PATH -- COMMAND…')
  const { lockFile } = await import('../patterns/lock-file.ts')
  const kind = given.has('flock') ? 'flock' : 'ofd'
  const held = await waitFor(given, path, timeoutMs =>
    lockFile(path, { shared: given.has('shared'), kind, timeoutMs }))
  return await runHolding(given, { release: () => held.release(), descriptor: held.file.fd })
}

/** The bytes of the file. Those behind are the lock file's line. */
const BYTES = { start: 0, length: 2 ** 52 }

async function tell(given: Given, path: string): Promise<number> {
  const { open, statIfThere } = await import('../foundations/file.ts')
  let state = 'free'
  if (statIfThere(path) !== null) {
    const file = open(path)
    if (file.isLocked({ ...BYTES, shared: true })) state = 'held'
    else if (file.isLocked(BYTES)) state = 'shared'
    file.close()
  }
  await print(given.has('json') ? line({ path, state }) : `${state}\n`)
  return state === 'free' ? DONE : BUSY
}

async function lockOpenFile(given: Given): Promise<number> {
  const { OpenFile } = await import('../foundations/file.ts')
  const { SystemError } = await import('../foundations/kernel.ts')
  const { lookUntil } = await import('../patterns/fencing-lease-wait.ts')
  const { tryFlock } = await import('../primitives/file-lock.ts')
  if (given.command !== undefined) throw given.usage('--fd locks for the shell, and takes no command')
  const file = new OpenFile(given.count('fd', 0, 2 ** 31 - 1)!)
  const shared = given.has('shared')
  const look = () => {
    try {
      return (given.has('flock') ? tryFlock(file, { shared }) : file.tryLock({ ...BYTES, shared })) || null
    } catch (error) {
      if (!(error instanceof SystemError && error.code === 'EBADF')) throw error
      const hint = `descriptor ${file.fd} is not open${shared ? '' : ' for writing'}`
      throw new SystemError('EBADF', error.syscall, { hint })
    }
  }
  const path = `/proc/self/fd/${file.fd}`
  await waitFor(given, path, timeoutMs => lookUntil(file, look, { timeoutMs, path, hint: 'another has it' }))
  return DONE
}
