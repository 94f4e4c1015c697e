// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
/** A line of the journal. Numbers are offsets in the log. */
export type Command =
  /** New ones: all between `from` and `to` that the group hears, and of these `later` with their due times. */
  | { do: 'take', member: string, from: number, to: number, offsets: number[], later: [number, number][] }
  /** Some that wait. */
  | { do: 'again', member: string, offsets: number[] }
  | { do: 'done', member: string, offsets: number[] }
  | { do: 'back', member: string, offset: number, dueMs: number }
  | { do: 'reject', member: string, offset: number, why: string }
  /** Its lock is free: nothing of this member can follow. */
  | { do: 'gone', member: string }
  | { do: 'revive' | 'discard', offsets: number[] }

export interface Waiting { dueMs: number, deliveries: number }
export interface Held { member: string, deliveries: number }
export interface Dead { deliveries: number, why: string }

/** What the lines of a journal, one after the other, come to. */
export class GroupState {
  /** All before it was taken, or is not for this group. */
  cursor: number
  readonly waiting = new Map<number, Waiting>()
  readonly held = new Map<number, Held>()
  readonly dead = new Map<number, Dead>()
  readonly deliveriesMax: number

  constructor(cursor: number, deliveriesMax: number) {
    this.cursor = cursor
    this.deliveriesMax = deliveriesMax
  }

  apply(command: Command): void {
    switch (command.do) {
      case 'take': this.#take(command); break
      case 'again': this.#again(command); break
      // end what a member holds
      case 'done':
        for (const offset of command.offsets) {
          if (this.held.get(offset)?.member === command.member) this.held.delete(offset)
        }
        break
      case 'back': this.#takeBack(command.offset, command.member, command.dueMs, 'it was given back'); break
      case 'reject': this.#bury(command.offset, command.member, command.why); break
      case 'gone':
        for (const offset of [...this.held.keys()].sort((a, b) => a - b)) {
          this.#takeBack(offset, command.member, 0, 'its consumer died')
        }
        break
      // judge dead letters
      case 'revive':
      case 'discard':
        for (const offset of command.offsets) {
          if (!this.dead.delete(offset) || command.do === 'discard') continue
          this.waiting.set(offset, { dueMs: 0, deliveries: 0 })
        }
    }
  }

  // give out new ones, and those that wait
  #take({ member, from, to, offsets, later }: Command & { do: 'take' }): void {
    if (from !== this.cursor) return
    this.cursor = to
    for (const offset of offsets) this.held.set(offset, { member, deliveries: 1 })
    for (const [offset, dueMs] of later) this.waiting.set(offset, { dueMs, deliveries: 0 })
  }

  #again({ member, offsets }: Command & { do: 'again' }): void {
    for (const offset of offsets) {
      const found = this.waiting.get(offset)
      if (found === undefined) continue
      this.waiting.delete(offset)
      this.held.set(offset, { member, deliveries: found.deliveries + 1 })
    }
  }

  // take back
  #takeBack(offset: number, member: string, dueMs: number, why: string): void {
    const found = this.held.get(offset)
    if (found?.member !== member) return
    if (found.deliveries >= this.deliveriesMax) {
      this.#bury(offset, member, why)
    } else {
      this.held.delete(offset)
      this.waiting.set(offset, { dueMs, deliveries: found.deliveries })
    }
  }

  #bury(offset: number, member: string, why: string): void {
    const found = this.held.get(offset)
    if (found?.member !== member) return
    this.held.delete(offset)
    this.dead.set(offset, { deliveries: found.deliveries, why })
  }

  /** The offset before which all is done. */
  get low(): number {
    let low = this.cursor
    for (const map of [this.waiting, this.held, this.dead]) {
      for (const offset of map.keys()) low = Math.min(low, offset)
    }
    return low
  }

  // keep it as a text
  toJSON(): unknown {
    const { cursor, waiting, held, dead } = this
    return { cursor, waiting: [...waiting], held: [...held], dead: [...dead] }
  }

  static from(json: unknown, deliveriesMax: number): GroupState {
    const { cursor, waiting, held, dead } = json as Record<'waiting' | 'held' | 'dead', [number, never][]> & { cursor: number }
    const state = new GroupState(cursor, deliveriesMax)
    for (const [offset, each] of waiting) state.waiting.set(offset, each)
    for (const [offset, each] of held) state.held.set(offset, each)
    for (const [offset, each] of dead) state.dead.set(offset, each)
    return state
  }
}
