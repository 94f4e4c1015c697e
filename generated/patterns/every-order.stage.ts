// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
import * as fs from 'node:fs'
import * as assert from 'uvu/assert'
import { open, statIfThere, O_CREAT, O_EXCL, O_RDWR, O_TRUNC, O_WRONLY } from '../foundations/file.ts'
import { list, rename, renameIfThere, unlink } from '../foundations/name.ts'
import { CurrentPointer } from './current-pointer.ts'
import { Fence, tryAcquireLease } from './fencing-lease.ts'
import { openFolder, updateFolder } from './folder-copy-update.ts'
import { FolderQueue } from './folder-queue.ts'
import { countNotes as count, neverTwo } from './every-order.ts'
import type { Ending, Here, Scene } from './interleaving.ts'
import { Election } from './leader-election.ts'
import { tryLockFile } from './lock-file.ts'
import { Maildir } from './maildir.ts'
import { trymkpidlock } from './pidfile.ts'
import { describe, formatPidText } from './pidfile-text.ts'
import { Spool } from './spool.ts'
import { TwoPhaseFolder } from './two-phase-publish.ts'
import { enrol, returnDead } from './work-claiming.ts'

type Actor = (here: Here) => unknown
const cast = (...actors: Actor[]) =>
  Object.fromEntries(actors.map((actor, i) => [['ann', 'bob', 'carol'][i]!, actor]))
const readText = (path: string) => {
  const file = open(path)
  try { return file.readAll().toString() } finally { file.close() }
}
function removeIfThere(path: string): void {
  try { unlink(path) } catch { /* another did it */ }
}
function writeText(path: string, text: string, flags = O_CREAT): void {
  const file = open(path, O_WRONLY | flags)
  try { file.writeAll(Buffer.from(text)) } finally { file.close() }
}

/** Takes what lets one in; null if another has it. */
type Take = (path: string) => { leave(): unknown } | null

function room(visits: number[], take: Take, prepare?: (folder: string) => void): Scene {
  const visitor = (times: number): Actor => ({ folder, note }) => {
    for (let i = 0; i < times; i++) {
      const key = take(`${folder}/lock`)
      if (key === null) continue
      note('in')
      note('out')
      key.leave()
    }
  }
  return { actors: cast(...visits.map(visitor)), check: neverTwo, ...(prepare && { prepare }) }
}
/** Two, one of whom comes again, and three. */
const rooms = (take: Take, prepare?: (folder: string) => void) =>
  [room([2, 1], take, prepare), room([1, 1, 1], take, prepare)] as const

export const [lockFile2, lockFile3] = rooms(path => {
  const lock = tryLockFile(path)
  return lock && { leave() { unlink(path); lock.release() } }
})
/** As lock files were taken before: nobody asks whether the name still leads to the locked file. */
export const [lockFileWrong2, lockFileWrong3] = rooms(path => {
  const file = open(path, O_RDWR | O_CREAT)
  if (file.tryLock()) return { leave() { removeIfThere(path); file.close() } }
  file.close()
  return null
})

const stale = (folder: string) => fs.writeFileSync(`${folder}/lock`, formatPidText(describe(process.pid)))
export const [pidfile2, pidfile3] = rooms(path => {
  const lock = trymkpidlock(path)
  return lock === false ? null : { leave: () => lock.close() }
}, stale)
/** Looks, and then breaks: what it removes may be another's by then. */
export const [pidfileWrong2, pidfileWrong3] = rooms(path => {
  try {
    const found = statIfThere(path) && open(path, O_RDWR)
    const isHeld = found?.isLocked()
    found?.close()
    if (isHeld) return null
    if (found !== null) unlink(path)
    const file = open(path, O_RDWR | O_CREAT | O_EXCL)
    file.tryLock()
    return { leave() { removeIfThere(path); file.close() } }
  } catch { return null }
}, stale)

export const [lease2, lease3] = rooms(path => {
  const lease = tryAcquireLease(path, { durability: 'os' })
  return lease && { leave: () => lease.release() }
})
/** The number is right, and the lock comes too late. */
export const [leaseWrong2, leaseWrong3] = rooms(path => {
  const file = open(path, O_RDWR | O_CREAT)
  const start = file.stat().size
  if (start > 0 && file.isLocked({ start: start - 1, length: 1 })) return file.close(), null
  file.writeAll(Buffer.of(1), start)
  file.tryLock({ start, length: 1 })
  return { leave: () => file.close() }
})

export const [election2, election3] = rooms(path => {
  const term = new Election(path, { durability: 'os' }).tryCampaign()
  return term && { leave: () => term.resign() }
})
/** Writes its name if there is none, and leads if that is still there. */
export const [electionWrong2, electionWrong3] = rooms(path => {
  if (readText(path) !== '') return null
  const me = String(Math.random())
  writeText(path, me)
  return readText(path) === me ? { leave: () => writeText(path, '', O_TRUNC) } : null
}, folder => fs.writeFileSync(`${folder}/lock`, ''))

const leads = (guard: (here: Here, token: number) => void): Actor => here => {
  const options = { durability: 'os', ttlMs: 10, renewMs: 0, nowMs: here.nowMs } as const
  const lease = tryAcquireLease(`${here.folder}/lease`, options)
  if (lease === null || !lease.isHeld) return
  try { guard(here, lease.token) } catch (error) { if ((error as { code: string }).code !== 'ESTALE') throw error }
}
const fenced = leads(({ folder, note }, token) =>
  new Fence(`${folder}/fence`).passSync(token, () => note(`writes with ${token}`)))
const unfenced = leads(({ note }, token) => note(`writes with ${token}`))
const time: Actor = here => here.pass(20)
function neverBack({ notes }: Ending): void {
  const said = notes.map(({ text }) => text).filter(text => text.startsWith('writes'))
  assert.equal(said, [...said].sort(), 'an old token after a new one')
}
const fence = (folder: string) => fs.writeFileSync(`${folder}/fence`, '')
const contest = (leader: Actor): Scene =>
  ({ actors: { ann: leader, bob: leader, time }, check: neverBack, prepare: fence })
export const [fence3, fenceWrong3] = [contest(fenced), contest(unfenced)]

const giveBack = (folder: string) => (path: string, name: string) => { renameIfThere(path, `${folder}/table/${name}`) }
const claimer = (inherit: (folder: string) => unknown): Actor => ({ folder, note }) => {
  const member = enrol(`${folder}/members`)
  inherit(folder)
  if (!renameIfThere(`${folder}/table/parcel`, `${member.folder}/parcel`)) return
  note('works')
  removeIfThere(`${member.folder}/parcel`)
}
const heir = (folder: string) => returnDead(`${folder}/members`, giveBack(folder))
/** For whom every claim is too old. */
const hastyHeir = (folder: string) => {
  for (const { name } of [...list(`${folder}/members`)]) {
    if (name !== '.bell') renameIfThere(`${folder}/members/${String(name)}/parcel`, `${folder}/table/parcel`)
  }
}

function setTable(folder: string): void {
  for (const name of ['members', 'table']) fs.mkdirSync(`${folder}/${name}`)
  fs.writeFileSync(`${folder}/table/parcel`, '')
}
function checkTable(ending: Ending): void {
  const { folder } = ending
  heir(folder)
  const [works, left] = [count(ending, 'works'), fs.readdirSync(`${folder}/table`).length]
  assert.ok(works <= 1 + count(ending, 'dies'), 'two work on one parcel')
  assert.ok(works + left >= 1, 'the parcel is lost')
}
const table = (inherit: (folder: string) => unknown) =>
  [2, 3].map(size => ({ actors: cast(...Array<Actor>(size).fill(claimer(inherit))), prepare: setTable, check: checkTable }))
export const [claiming2, claiming3] = table(heir)
export const [claimingWrong2, claimingWrong3] = table(hastyHeir)

interface Shelf { push(text: string): unknown, claim(): { ack(): void } | undefined }
type Open = (folder: string) => Shelf
const queue: Open = folder => new FolderQueue(`${folder}/queue`)
/** The next number is the greatest one, and one more. */
const numbered: Open = folder => {
  const numbers = () => [...list(`${folder}/queue`)].map(({ name }) => Number(name)).filter(each => each > 0).sort()
  return {
    push(text) {
      const hidden = `${folder}/queue/.${Math.random()}`
      writeText(hidden, text)
      rename(hidden, `${folder}/queue/${1 + (numbers().at(-1) ?? 0)}`)
    },
    claim() {
      const [first] = numbers()
      const mine = `${folder}/queue/.${Math.random()}`
      if (first === undefined || !renameIfThere(`${folder}/queue/${first}`, mine)) return undefined
      return { ack: () => unlink(mine) }
    },
  }
}

const sender = (shelf: Open): Actor => ({ folder, note, arrived }) => {
  (arrived as Shelf ?? shelf(folder)).push('x')
  note('pushed')
}
const worker = (shelf: Open): Actor => ({ folder, note, arrived }) => {
  const claim = (arrived as Shelf ?? shelf(folder)).claim()
  if (claim === undefined) return
  note('works')
  claim.ack()
  note('acknowledged')
}
const checkQueue = (shelf: Open) => (ending: Ending) => {
  const last = shelf(ending.folder)
  let left = 0
  for (let claim; (claim = last.claim()) !== undefined; claim.ack()) left++
  const [pushed, works, acked] = ['pushed', 'works', 'acknowledged'].map(text => count(ending, text))
  const senders = Object.values(ending.ends).length - 1   // one is the worker
  assert.ok(left + works! >= pushed!, 'lost')
  assert.ok(left + acked! <= senders, 'twice')
  if (last instanceof FolderQueue) last.close()
}
const shelves = (shelf: Open, prepare: Scene['prepare']): Scene[] => [[sender, worker], [sender, sender, worker]]
  .map(roles => ({ actors: cast(...roles.map(role => role(shelf))), prepare: prepare!, check: checkQueue(shelf) }))
export const [queue2, queue3] = shelves(queue, folder => new FolderQueue(`${folder}/queue`).close())

const arrive = (folder: string) => {
  const open = new FolderQueue(`${folder}/queue`)
  return [open, open.descriptors][0]   // who asks for these becomes a member
}
export const [queueOpen2, queueOpen3] = [queue2!, queue3!].map(scene => ({ ...scene, arrive }))

function oneMessage(folder: string): void {
  const first = new FolderQueue(`${folder}/queue`)
  first.push('x')
  first.close()
}
function checkRace(ending: Ending): void {
  const last = queue(ending.folder) as FolderQueue
  const [works, acked, dies] = ['works', 'acknowledged', 'dies'].map(text => count(ending, text))
  const isLeft = Number(last.claim() !== undefined)
  last.close()
  assert.ok(works! + isLeft >= 1, 'lost')
  assert.ok(works! <= 1 + dies! && isLeft + acked! <= 1, 'twice')
}
export const [race2, race3] = [2, 3].map((size): Scene =>
  ({ actors: cast(...Array<Actor>(size).fill(worker(queue))), prepare: oneMessage, arrive, check: checkRace }))
export const [queueWrong2, queueWrong3] = shelves(numbered, folder => fs.mkdirSync(`${folder}/queue`))

const spoolIn = (folder: string) => new Spool(`${folder}/spool`, { durability: 'os' })
const submitter: Actor = ({ folder, note }) => { spoolIn(folder).submit('x'); note('submitted') }
/** The paper first, and then the data. */
const hasty: Actor = ({ folder }) => {
  writeText(`${folder}/.cf`, JSON.stringify({ number: 1, name: 'job', notBefore: 0, data: 'dfA0001-00000000' }))
  rename(`${folder}/.cf`, `${folder}/spool/cfA0001`)
  writeText(`${folder}/spool/dfA0001-00000000`, 'x')
}
const printer: Actor = ({ folder, note }) => {
  const job = spoolIn(folder).begin()
  if (job === undefined) return
  assert.is(job.data().toString(), 'x')
  note('prints')
  job.done()
}
function checkSpool(ending: Ending): void {
  const spool = spoolIn(ending.folder)
  const [prints, submitted, deaths] = ['prints', 'submitted', 'dies'].map(text => count(ending, text))
  assert.ok(prints! + spool.jobs().length >= submitted!, 'lost')
  assert.ok(prints! <= Object.keys(ending.ends).length - 1 + deaths!, 'printed twice')
  for (let job; (job = spool.begin()) !== undefined; job.done()) assert.is(job.data().toString(), 'x')
  spool.sweep()
  assert.equal(fs.readdirSync(spool.folder).filter(name => name !== '.seq'), [], 'something is left')
}
const spools = (...actors: Actor[]): Scene =>
  ({ actors: cast(...actors), prepare: folder => { spoolIn(folder) }, check: checkSpool })
export const [spool2, spool3] = [spools(submitter, printer), spools(submitter, printer, printer)]
export const [spoolWrong2, spoolWrong3] = [spools(hasty, printer), spools(hasty, printer, printer)]

const boxIn = (folder: string) => new Maildir(`${folder}/mail`)
const postman: Actor = ({ folder }) => { boxIn(folder).deliver('dear', { durability: 'os' }) }
/** Straight into `new`. */
const hastyPostman: Actor = ({ folder }) => { writeText(`${folder}/mail/new/1`, 'dear') }
const reader = (flag: string): Actor => ({ folder }) => {
  const box = boxIn(folder)
  const [letter] = box.letters({ take: true })
  if (letter === undefined) return ''
  assert.is(box.read(letter.key)?.toString(), 'dear', 'half a letter')
  return box.mark(letter.key, flag) && flag
}
function checkMail({ folder, ends }: Ending): void {
  const letters = boxIn(folder).letters()
  assert.ok(letters.length <= 1)
  if (ends['ann']!.how === 'returned') assert.is(letters.length, 1, 'lost')
  for (const { how, value } of [ends['bob']!, ends['carol'] ?? ends['bob']!]) {
    if (how === 'returned') assert.ok((letters[0]?.flags ?? '').includes(String(value)), 'a flag is lost')
  }
}
const mail = (...actors: Actor[]): Scene => ({
  actors: cast(...actors), prepare: folder => { boxIn(folder) }, check: checkMail, fresh: /\d+\.M\d+P\d+Q\d+/g,
})
export const [mail2, mail3] = [mail(postman, reader('S')), mail(postman, reader('S'), reader('F'))]
export const [mailWrong2, mailWrong3] = [mail(hastyPostman, reader('S')), mail(hastyPostman, reader('S'), reader('F'))]

const pricesIn = (folder: string) => new CurrentPointer(`${folder}/prices`)
const month = (name: string) => (path: string) => {
  for (const each of ['bread', 'cakes']) writeText(`${path}/${each}`, name)
}
const setPrices = (folder: string) => { for (const name of ['May', 'June']) pricesIn(folder).publish(month(name)) }
const publisher: Actor = ({ folder }) => pricesIn(folder).publish(month('July'))
const compare = (path: string) => assert.is(readText(`${path}/bread`), readText(`${path}/cakes`), 'half of two')
const customer: Actor = ({ folder }) => {
  const version = pricesIn(folder).open()!
  compare(version.path)
  version.close()
}
/** Follows the link once for each file. */
const hastyCustomer: Actor = ({ folder }) => compare(`${folder}/prices/current`)
const goBack: Actor = ({ folder }) => {
  try { pricesIn(folder).point('000001') } catch (error) { if ((error as { code: string }).code !== 'ENOENT') throw error }
}
const tidy: Actor = ({ folder }) => { pricesIn(folder).prune({ keep: 0 }) }

/** Looks which one is current, and removes the others. */
const hastyTidy: Actor = ({ folder }) => {
  const current = pricesIn(folder).name()
  for (const name of pricesIn(folder).versions()) {
    if (name === current) continue
    for (const each of ['bread', 'cakes']) removeIfThere(`${folder}/prices/versions/${name}/${each}`)
  }
}
function checkPrices({ folder }: Ending): void {
  const pointer = pricesIn(folder)
  compare(`${folder}/prices/current`)
  pointer.prune({ keep: 0 })
  assert.equal(fs.readdirSync(`${folder}/prices/versions`), [pointer.name()], 'something is left')
}
const prices = (...actors: Actor[]): Scene =>
  ({ actors: cast(...actors), prepare: setPrices, check: checkPrices })
export const [pointer2, pointerBack2, pointerRead2, pointer3] = [
  prices(publisher, customer), prices(goBack, tidy), prices(customer, tidy), prices(publisher, customer, tidy),
]
export const [pointerWrong2, pointerWrong3] =
  [prices(publisher, hastyCustomer), prices(publisher, customer, hastyTidy)]

const shopIn = (folder: string) => `${folder}/shop`
const renew = (folder: string, text: string) =>
  updateFolder(shopIn(folder), copy => { for (const name of ['bread', 'cakes']) copy.write(name, text) })
const owner = (text: string): Actor => ({ folder, note }) => {
  try { renew(folder, text) } catch (error) {
    if ((error as { code: string }).code !== 'ESTALE') throw error
    return
  }
  note(`renewed ${text}`)
}
const regular: Actor = ({ folder }) => {
  const view = openFolder(shopIn(folder))!
  assert.is(String(view.read('bread')), String(view.read('cakes')), 'half of two')
  view.close()
}
/** A hard link is not a copy. */
const hastyOwner: Actor = ({ folder }) => {
  const pointer = new CurrentPointer(shopIn(folder))
  const now = pointer.open()!
  pointer.publish(path => {
    for (const name of ['bread', 'cakes']) {
      fs.linkSync(`${now.path}/${name}`, `${path}/${name}`)
      writeText(`${path}/${name}`, 'July', O_TRUNC)
    }
  })
  now.close()
}

function checkShop(ending: Ending): void {
  const { folder } = ending
  regular({ ...ending, arrived: undefined, note() {}, nowMs: () => 0, pass() {} })
  const renewed = ['renewed July', 'renewed August'].map(text => count(ending, text))
  const view = openFolder(shopIn(folder))!
  if (renewed.includes(1)) assert.is.not(String(view.read('bread')), 'June', 'lost')
  view.close()
  const last = renew(folder, 'September')
  assert.equal(fs.readdirSync(`${shopIn(folder)}/versions`), [last], 'something is left')
}
const shops = (...actors: Actor[]): Scene =>
  ({ actors: cast(...actors), prepare: folder => { renew(folder, 'June') }, check: checkShop })
export const [folderCopy2, folderCopy3] =
  [shops(owner('July'), regular), shops(owner('July'), owner('August'), regular)]
export const [folderCopyWrong2, folderCopyWrong3] =
  [shops(hastyOwner, regular), shops(hastyOwner, owner('August'), regular)]

const both = (text: string) => ({ bread: text, cakes: text })
const baker = (text: string): Actor => ({ folder, note }) => {
  new TwoPhaseFolder(folder).publish(both(text))
  note(`published ${text}`)
}
const guest: Actor = ({ folder }) => {
  const { bread, cakes } = new TwoPhaseFolder(folder).read(['bread', 'cakes'])
  assert.is(String(bread), String(cakes), 'half of two')
}
/** Believes that nothing happens between two looks. */
const hastyGuest: Actor = ({ folder }) => compare(folder)
function checkBakery(ending: Ending): void {
  const own = new TwoPhaseFolder(ending.folder)
  guest({ ...ending, arrived: undefined, note() {}, nowMs: () => 0, pass() {} })
  const said = String(own.read(['bread'])['bread'])
  if (count(ending, 'published July') > 0) assert.is.not(said, 'June', 'lost')
  own.publish({})
  assert.equal(fs.readdirSync(ending.folder).sort(), ['.mark', 'bread', 'cakes'])
}
const bakery = (...actors: Actor[]): Scene =>
  ({ actors: cast(...actors), prepare: folder => new TwoPhaseFolder(folder).publish(both('June')), check: checkBakery })
export const [twoPhase2, twoPhase3] =
  [bakery(baker('July'), guest), bakery(baker('July'), baker('August'), guest)]
export const [twoPhaseWrong2, twoPhaseWrong3] =
  [bakery(baker('July'), hastyGuest), bakery(baker('July'), baker('August'), hastyGuest)]
