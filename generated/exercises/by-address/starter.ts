// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
export class Ends {
  readonly #waiting: ((count: number) => void)[] = []

  /** Resolves to the count with which the transfer at this address has ended. */
  begin(_address: number): Promise<number> {
    return new Promise(resolve => this.#waiting.push(resolve))
  }

  /** A message of the thread. */
  arrive(ends: { address: number, count: number }[]): void {
    this.#waiting.shift()?.(ends[0]!.count)
  }
}
