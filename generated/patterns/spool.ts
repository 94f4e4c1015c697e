// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
import { randomBytes } from 'node:crypto'
import {
  leadsTo, open, statIfThere, O_CREAT, O_DIRECTORY, O_EXCL, O_RDWR, O_WRONLY, type OpenFile,
} from '../foundations/file.ts'
import { SystemError } from '../foundations/kernel.ts'
import { link, list, mkdir, unlink } from '../foundations/name.ts'
import { waitForLock } from '../primitives/file-lock.ts'
import type { Durability } from './atomic-write.ts'

/** What the control file says, and the number is its name. */
export interface Job {
  number: number
  /** The submitter's word for it. */
  name: string
  /** Not begun before this time, in milliseconds since 1970. */
  notBefore: number
  /** The data file's name. */
  data: string
}

const controlName = (number: number) => `cfA${String(number).padStart(4, '0')}`

const is = (error: unknown, ...codes: string[]) =>
  error instanceof SystemError && codes.includes(error.code)

/** A folder of jobs, for any number of submitters and workers. */
export class Spool {
  readonly folder: string
  readonly #durability: Durability

  /** Opens the spool, and makes its folder if there is none. */
  constructor(folder: string, { durability = 'disk and folder' as Durability } = {}) {
    this.folder = folder
    this.#durability = durability
    try {
      mkdir(folder)
    } catch (error) {
      if (!is(error, 'EEXIST')) throw error
    }
  }

  // submit a job, the data first
  /** Submits a job and returns its number. When it throws there is no job, and no data. */
  submit(data: string | Uint8Array, { name = 'job', notBefore = 0 } = {}): number {
    const number = this.#nextNumber()
    const control = controlName(number)
    const { file, name: dataName } = this.#create(control.slice(2))
    const [dataPath, hidden] = [`${this.folder}/${dataName}`, `${this.folder}/.cf${dataName.slice(2)}`]
    try {
      this.#fill(file, typeof data === 'string' ? Buffer.from(data) : data)
      const order: Job = { number, name, notBefore, data: dataName }
      const paper = open(hidden, O_WRONLY | O_CREAT | O_EXCL)
      try { this.#fill(paper, Buffer.from(JSON.stringify(order))) } finally { paper.close() }
      this.#sync()   // the data's name is to be on the disk before the paper's
      link(hidden, `${this.folder}/${control}`)
    } catch (error) {
      removeIfThere(dataPath)
      throw error
    } finally {
      removeIfThere(hidden)
      file.close()
    }
    this.#sync()
    return number
  }

  #create(number: string): { file: OpenFile, name: string } {
    for (;;) {
      const name = `df${number}-${randomBytes(4).toString('hex')}`
      const file = open(`${this.folder}/${name}`, O_WRONLY | O_CREAT | O_EXCL)
      if (file.tryLock() && leadsTo(`${this.folder}/${name}`, file)) return { file, name }
      file.close()   // a sweeper took us for dead
    }
  }

  #fill(file: OpenFile, bytes: Uint8Array): void {
    file.writeAll(bytes)
    if (this.#durability !== 'os') file.datasync()
  }

  // draw a number
  #nextNumber(): number {
    const file = open(`${this.folder}/.seq`, O_RDWR | O_CREAT)
    try {
      waitForLock(file)
      let number = Number(file.readAll().toString()) + 1
      while (statIfThere(`${this.folder}/${controlName(number)}`) !== null) number++
      file.writeAll(Buffer.from(String(number)), 0)   // never shorter than the one before
      return number
    } finally {
      file.close()
    }
  }

  // list the jobs
  /** All jobs, in the order of their numbers. */
  jobs(): Job[] {
    const jobs: Job[] = []
    for (const { name } of [...list(this.folder)]) {
      if (typeof name !== 'string' || !/^cfA\d+$/.test(name)) continue
      const job = readJob(`${this.folder}/${name}`)
      if (job !== null) jobs.push(job)
    }
    return jobs.sort((a, b) => a.number - b.number)
  }

  // begin the first job that is due
  /** Begins the first job that is due and that nobody works on; undefined if there is none. */
  begin(nowMs = Date.now()): Work | undefined {
    for (const job of this.jobs()) {
      const path = `${this.folder}/${controlName(job.number)}`
      const control = job.notBefore > nowMs ? null : openIfThere(path, O_RDWR)
      if (control === null) continue
      if (control.tryLock() && leadsTo(path, control)) return new Work(this.folder, job, control, () => this.#sync())
      control.close()
    }
    return undefined
  }

  // cancel a job
  /** Removes a job. False if it has gone, or somebody works on it. */
  cancel(number: number): boolean {
    const path = `${this.folder}/${controlName(number)}`
    const control = openIfThere(path, O_RDWR)
    if (control === null) return false
    try {
      if (!control.tryLock() || !leadsTo(path, control)) return false
      const job = readJob(path)!
      new Work(this.folder, job, control, () => this.#sync()).done()
      return true
    } finally {
      control.close()
    }
  }

  // sweep up data that has no paper
  /** Removes what dead submitters and workers left, and returns the names. */
  sweep(): string[] {
    const removed: string[] = []
    for (const { name } of [...list(this.folder)]) {
      const [, number] = /^(?:df|\.cf)A(\d+)-[0-9a-f]{8}$/.exec(String(name)) ?? []
      if (number === undefined) continue
      const data = String(name).replace('.cf', 'df')
      const file = openIfThere(`${this.folder}/${data}`, O_RDWR)
      try {
        if (file !== null && !file.tryLock()) continue   // its writer lives
        const isNamed = readJob(`${this.folder}/${controlName(Number(number))}`)?.data === data
        if (isNamed && data === name) continue
        removeIfThere(`${this.folder}/${String(name)}`)
        removed.push(String(name))
      } finally {
        file?.close()
      }
    }
    return removed
  }

  #sync(): void {
    if (this.#durability !== 'disk and folder') return
    const folder = open(this.folder, O_DIRECTORY)
    try { folder.sync() } finally { folder.close() }
  }
}

function readJob(path: string): Job | null {
  const file = openIfThere(path)
  if (file === null) return null
  try {
    return JSON.parse(file.readAll().toString()) as Job
  } finally {
    file.close()
  }
}

function openIfThere(path: string, flags?: number): OpenFile | null {
  try {
    return open(path, flags)
  } catch (error) {
    if (is(error, 'ENOENT')) return null
    throw error
  }
}

function removeIfThere(path: string): void {
  try {
    unlink(path)
  } catch (error) {
    if (!is(error, 'ENOENT')) throw error
  }
}

/** A job that is being worked on. */
export class Work {
  readonly job: Job
  readonly #folder: string
  readonly #control: OpenFile
  readonly #sync: () => void

  /** Use `Spool.begin`. */
  constructor(folder: string, job: Job, control: OpenFile, sync: () => void) {
    this.job = job
    this.#folder = folder
    this.#control = control
    this.#sync = sync
  }

  data(): Buffer {
    const file = open(`${this.#folder}/${this.job.data}`)
    try {
      return file.readAll()
    } finally {
      file.close()
    }
  }

  /** It is done: the paper goes first, and then the data. */
  done(): void {
    unlink(`${this.#folder}/${controlName(this.job.number)}`)
    this.#sync()
    removeIfThere(`${this.#folder}/${this.job.data}`)
    this.#control.close()
  }

  /** Gives it up. Another may begin it. */
  release(): void { this.#control.close() }
}
