// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
import { readFileSync } from 'node:fs'
import type { Claim, FolderQueue } from '../patterns/folder-queue.ts'
import {
  contentOf, DONE, FAILED, line, NOTHING, print, printUnlessLeft, type Given, type Noun,
} from './message-bus-command-table.ts'
import { runChild } from './command-lock-child.ts'

export const noun: Noun = {
  verbs: {
    // say how messages come in
    put: {
      about: 'Publish TEXT, or the standard input, and print the name of the message.',
      words: ['QUEUE', '[TEXT]'],
      options: {
        lines: { about: 'each line of the standard input is a message', short: 'l' },
        durability: { about: 'what it survives', value: 'HOW', choices: ['os', 'disk', 'disk-and-folder'] },
      },
      notes: ['QUEUE is a folder, and is made if it is not there. TEXT is all of the standard input if it is - or missing.'],
      examples: [
        ['fcs queue put jobs cat.png', 'the text is the message'],
        ['find . -name "*.png" | fcs queue put jobs --lines', 'a message for each picture, in that order']],
      run: put,
    },
    // say how messages are taken
    take: {
      about: 'Print the oldest message and acknowledge it; or give it to COMMAND.',
      words: ['QUEUE'],
      command: 'optional',
      options: {
        wait: { about: 'wait for one, for ever or so long', short: 'w', value: 'SECONDS', isBare: true },
        repeat: { about: 'take one after the other until nothing is there', short: 'r' },
        hold: { about: 'keep it claimed for so long, until ack or nack', value: 'SECONDS' },
      },
      notes: [
        'COMMAND gets the message as its input, and its name as FCS_MESSAGE. It is acknowledged if COMMAND ends ' +
        'with 0, and goes back if not; fcs ends with 1 then.',
        'With --hold a process in the background holds the claim. Use --json to learn the name.'],
      examples: [
        ['fcs queue take jobs --wait --repeat -- sh thumbnail.sh', 'a worker; start as many as you like'],
        ['fcs queue take jobs --hold 60 --json > job', 'done with: fcs queue ack jobs "$(jq -r .name job)"']],
      run: take,
    },
    // say how a held message ends
    ack: {
      about: 'It is done: remove a message that is held.',
      words: ['QUEUE', 'NAME'], options: {}, run: given => settle(given, 'ack'),
      notes: ['Status 3 if nobody holds it: it was acknowledged, or its time was over and it went back.'],
      examples: [['fcs queue ack jobs "$name" || echo "too late"', 'another may be doing it by now']],
    },
    nack: {
      about: 'Give a message that is held back into its old place.',
      words: ['QUEUE', 'NAME'], options: {}, run: given => settle(given, 'nack'),
      examples: [['fcs queue nack jobs "$name"', 'the next one who takes gets it']],
    },
    // say how to look without taking
    peek: {
      about: 'Print the oldest message, or the N oldest, without taking.',
      words: ['QUEUE'],
      options: { limit: { about: 'so many (1)', short: 'n', value: 'N' } },
      notes: ['It may be taken by another before you have read it.'],
      examples: [['fcs queue peek jobs -n 10 --json | jq -r .name', 'the names of the next ten']],
      run: peek,
    },
    count: {
      about: 'Print how many messages wait.',
      words: ['QUEUE'], options: {}, run: count,
      notes: ['With --json also how many are claimed. Beyond some 16,000 it is an estimate.'],
      examples: [['test "$(fcs queue count jobs)" -lt 1000 && fcs queue put jobs "$job"', 'a limit, nearly kept']],
    },
  },
}

async function put(given: Given): Promise<number> {
  const [folder, text = '-'] = given.words
  const durability = given.text('durability')?.replaceAll('-', ' ') as 'os' | undefined
  if (given.has('lines') && given.words.length > 1) throw given.usage('--lines are read from the standard input')
  const { FolderQueue } = await import('../patterns/folder-queue.ts')
  const bytes = text === '-' ? readFileSync(0) : Buffer.from(text)
  const queue = new FolderQueue(folder!, { durability })
  try {
    for (const messages of given.has('lines') ? batchesOf(bytes) : [[bytes]]) {
      const names = messages.length === 1 ? [queue.push(messages[0]!)] : queue.pushMany(messages)
      const told = names.map(name => given.has('json') ? line({ name }) : `${name}\n`)
      await printUnlessLeft(told.join(''))   // they are in the queue also if nobody reads this
    }
    return DONE
  } finally {
    queue.close()
  }
}

const BATCH = 4096

function* batchesOf(bytes: Buffer): Generator<Buffer[], void, undefined> {
  const batch: Buffer[] = []
  for (let at = 0; at < bytes.length;) {
    const end = bytes.indexOf(10, at)
    batch.push(bytes.subarray(at, end === -1 ? bytes.length : end))
    at = end === -1 ? bytes.length : end + 1
    if (batch.length === BATCH || at >= bytes.length) yield batch.splice(0)
  }
}

async function openThere(folder: string): Promise<FolderQueue> {
  const { FolderQueue } = await import('../patterns/folder-queue.ts')
  const { statIfThere } = await import('../foundations/file.ts')
  const { SystemError } = await import('../foundations/kernel.ts')
  if (statIfThere(`${folder}/tail`, { follow: false }) === null) {
    const hint = 'this is not a queue; fcs queue put makes one'
    throw new SystemError('ENOENT', 'open', { path: folder, hint })
  }
  return new FolderQueue(folder)
}

async function next(queue: FolderQueue, waitMs: number, signal?: AbortSignal): Promise<Claim | undefined> {
  if (waitMs === 0) return queue.claim()
  const { SystemError } = await import('../foundations/kernel.ts')
  try {
    return await queue.take({ timeoutMs: waitMs, signal })
  } catch (error) {
    if (error instanceof SystemError && error.code === 'ETIMEDOUT') return undefined
    throw error
  }
}

async function take(given: Given): Promise<number> {
  const waitMs = given.ms('wait') ?? 0
  const holdMs = given.ms('hold')
  if (holdMs !== undefined && (given.command !== undefined || given.has('repeat'))) {
    throw given.usage('--hold takes one message, and no command')
  }
  const queue = await openThere(given.words[0]!)
  if (holdMs !== undefined) return process.env['FCS_HOLDER'] === '1' ? hold(queue, waitMs, holdMs) : letHold(given)
  try {
    for (let status = NOTHING; ; status = DONE) {
      const claim = await next(queue, waitMs)
      if (claim === undefined) return status
      // hand the claim over, and then acknowledge it
      if (given.command === undefined) await print(shown(given, claim.name, claim.bytes()))
      else if (!await execute(given.command, claim, queue)) return FAILED
      claim.ack()
      if (!given.has('repeat')) return DONE
    }
  } finally {
    queue.close()
  }
}

const shown = (given: Given, name: string, bytes: Buffer) =>
  given.has('json') ? line({ name, ...contentOf(bytes) }) : bytes

async function execute(command: string[], claim: Claim, queue: FolderQueue): Promise<boolean> {
  const { open } = await import('../foundations/file.ts')
  const input = open(claim.path)
  try {
    const status = await runChild(command,
      { input: input.fd, env: { FCS_MESSAGE: claim.name }, descriptors: queue.descriptors })
    if (status !== DONE) await print(`fcs: ${command[0]} ended with ${status}; the message went back\n`, 2)
    return status === DONE
  } finally {
    input.close()
  }
}

/** Starts a holder, shows the message, and tells the holder that it was seen. */
async function letHold(given: Given): Promise<number> {
  const { spawn } = await import('node:child_process')
  const holder = spawn(process.execPath, [process.argv[1]!, ...process.argv.slice(2)],
    { detached: true, env: { ...process.env, FCS_HOLDER: '1' }, stdio: ['pipe', 'pipe', 'ignore'] })
  let told = ''
  holder.stdout.setEncoding('utf8').on('data', text => { told += text })
  const status = await new Promise<number>((resolve, reject) => {
    holder.on('error', reject).on('exit', status => resolve(status ?? FAILED))
    holder.stdout.on('data', () => { if (told.endsWith('\n')) resolve(DONE) })
  })
  if (status !== DONE) return status
  try {
    const { name, path } = JSON.parse(told)
    await print(shown(given, name, readFileSync(path)))
    holder.stdin.write('seen\n')
    return DONE
  } finally {
    holder.stdin.end()      // without that word before it, the message goes back
    holder.stdout.destroy()
    holder.unref()
  }
}

/** Claims, tells who starts us, and stays until the claim is settled or `holdMs` are over. */
async function hold(queue: FolderQueue, waitMs: number, holdMs: number): Promise<number> {
  const { statIfThere } = await import('../foundations/file.ts')
  const { Inotify, IN_DELETE, IN_MOVED_FROM } = await import('../primitives/inotify.ts')
  const left = new AbortController()
  const seen = new Promise<boolean>(resolve => {
    process.stdin.on('data', () => resolve(true)).on('end', () => resolve(false))
  })
  void seen.then(isSeen => {
    if (!isSeen) left.abort()
  })
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => left.abort())
  const inotify = new Inotify()
  try {
    const claim = await next(queue, waitMs, left.signal)
    if (claim === undefined) return NOTHING
    inotify.add(claim.path.replace(/\/[^/]+$/, ''), IN_DELETE | IN_MOVED_FROM)
    const endMs = performance.now() + holdMs
    await print(line({ name: claim.name, path: claim.path }))
    const ends = left.signal
    while (await seen && statIfThere(claim.path) !== null) {
      await inotify.wait({ timeoutMs: Math.max(0, endMs - performance.now()), signal: ends })
      inotify.take()
    }
    return DONE
  } catch {
    return FAILED   // the time is over, or the one who started us has left
  } finally {
    queue.close()
    inotify.close()
    process.stdin.destroy()
  }
}

async function settle(given: Given, how: 'ack' | 'nack'): Promise<number> {
  const [folder, name] = given.words as [string, string]
  const queue = await openThere(folder)
  queue.close()
  const { mkdir, rename, unlink } = await import('../foundations/name.ts')
  const { partsOf, unless } = await import('../patterns/folder-queue-names.ts')
  for (const path of await claimsIn(folder)) {
    const parts = partsOf(path.slice(path.lastIndexOf('/') + 1))
    if (parts?.name !== name) continue
    const home = `${folder}/waiting/${parts.bucket}`
    if (how === 'nack') unless(['EEXIST'], () => mkdir(home))
    const isSettled = unless(['ENOENT'], () => {
      if (how === 'ack') unlink(path)
      else rename(path, `${home}/${name}`)
    })
    if (isSettled) return DONE
  }
  const { SystemError } = await import('../foundations/kernel.ts')
  throw Object.assign(new SystemError('ENOENT', how, { path: name, hint: 'nobody holds it' }), { status: NOTHING })
}

async function claimsIn(folder: string): Promise<string[]> {
  const { namesIn, partsOf } = await import('../patterns/folder-queue-names.ts')
  const members = `${folder}/members`
  return namesIn(members, 'directory').flatMap(member =>
    namesIn(`${members}/${member}`, 'file').filter(name => partsOf(name) !== null)
      .map(name => `${members}/${member}/${name}`))
}

async function peek(given: Given): Promise<number> {
  const folder = given.words[0]!
  const limit = given.count('limit') ?? 1
  await openThere(folder)
  let shownCount = 0
  for await (const { name, bytes } of waitingIn(folder)) {
    const text = shown(given, name, bytes)
    if (!await printUnlessLeft(text)) break
    if (limit > 1 && !given.has('json') && bytes.at(-1) !== 10) await printUnlessLeft('\n')
    if (++shownCount === limit) break
  }
  return shownCount === 0 ? NOTHING : DONE
}

/** What waits, the oldest first. What is taken meanwhile is passed over. */
async function* waitingIn(folder: string): AsyncGenerator<{ name: string, bytes: Buffer }, void, undefined> {
  const { open } = await import('../foundations/file.ts')
  const { namesIn, unless } = await import('../patterns/folder-queue-names.ts')
  for (const bucket of namesIn(`${folder}/waiting`, 'directory').sort()) {
    for (const name of namesIn(`${folder}/waiting/${bucket}`, 'file').sort()) {
      let bytes: Buffer | undefined
      unless(['ENOENT'], () => {
        const file = open(`${folder}/waiting/${bucket}/${name}`)
        try { bytes = file.readAll() } finally { file.close() }
      })
      if (bytes !== undefined) yield { name, bytes }
    }
  }
}

async function count(given: Given): Promise<number> {
  const folder = given.words[0]!
  const waiting = (await openThere(folder)).size()
  await print(given.has('json') ? line({ waiting, claimed: (await claimsIn(folder)).length }) : `${waiting}\n`)
  return DONE
}
