// Told in chapters/03-patterns-and-idioms/03-write-ahead-log.md. Edit it there, or edit here and stitch.
import { PageFile } from 'filesystem-communication-space/patterns'

export class Counters {
  readonly pages: PageFile

  constructor(folder: string) { this.pages = new PageFile(folder) }

  get(index: number): number {
    return Number(this.pages.read(index >> 9).readBigInt64LE(index % 512 * 8))
  }

  /** Adds and resolves to the new value when it is durable. */
  async add(index: number, amount: number): Promise<number> {
    const value = this.get(index) + amount
    return this.pages.transact(({ read, write }) => {
      const page = read(index >> 9)
      page.writeBigInt64LE(BigInt(value), index % 512 * 8)
      write(index >> 9, page)
      return value
    })
  }

  close(): Promise<void> { return this.pages.close() }
}
