// What takes long to begin and can be used again: whoever weaves once ends it at once, a watch keeps it.
import type { Config } from '../config.ts'
import type { Compiler } from './compiler.ts'
import type { Facts } from './facts.ts'

export class Workshop {
  /** Tangled file → what the last weave knew of it. */
  readonly last = new Map<string, { text: string; key: string; facts: Facts }>()
  /** Whether somebody waits for the next weave; this one then leaves what can be left. */
  isAwaited: () => boolean = () => false
  private made: Promise<Compiler> | undefined

  compiler({ root, output }: Config): Promise<Compiler> {
    return (this.made ??= import('./compiler.ts').then(({ Compiler }) => new Compiler(root, output)))
  }

  async end(): Promise<void> {
    const made = this.made
    this.made = undefined
    await (await made)?.end()
  }
}
