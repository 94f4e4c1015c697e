// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
export class Ends {
  readonly #waiting = new Map<number, (count: number) => void>()

  /** Resolves to the count with which the transfer at this address has ended. */
  begin(address: number): Promise<number> {
    return new Promise(resolve => this.#waiting.set(address, resolve))
  }

  /** A message of the thread. */
  arrive(ends: { address: number, count: number }[]): void {
    for (const { address, count } of ends) {
      this.#waiting.get(address)?.(count)
      this.#waiting.delete(address)
    }
  }
}
