// What takes long to begin and can be used again: whoever weaves once ends it at once, a watch keeps it.
import type { Highlighter } from 'shiki'
import type { Config } from '../config.ts'
import type { Compiler } from './compiler.ts'
import type { Facts } from './facts.ts'

export class Workshop {
  /** Tangled file → what the last weave knew of it. */
  readonly last = new Map<string, { text: string; key: string; facts: Facts }>()
  /** Whether somebody waits for the next weave; this one then leaves what can be left. */
  isAwaited: () => boolean = () => false
  private made: Promise<Compiler> | undefined
  private painter: Promise<Highlighter> | undefined

  compiler({ root, output }: Config): Promise<Compiler> {
    return (this.made ??= import('./compiler.ts').then(({ Compiler }) => new Compiler(root, output)))
  }

  /** A highlighter that knows these languages. */
  async highlighter(langs: string[]): Promise<Highlighter> {
    const { createHighlighter } = await import('shiki')
    const painter = await (this.painter ??= createHighlighter({ langs: [], themes: [] }) as Promise<Highlighter>)
    await painter.loadLanguage(...(langs as 'ts'[]))
    return painter
  }

  /** Begins everything that the next weave may need, while nobody waits. */
  async warmUp(config: Config): Promise<void> {
    const compiler = await this.compiler(config)
    await compiler.program(new Map([...this.last].map(([file, { text }]) => [file, text])))
    await (await import('./colours.ts')).warmUp(this, [...this.last.values()][0]?.text ?? '')
  }

  async end(): Promise<void> {
    const { made, painter } = this
    this.made = this.painter = undefined
    ;(await painter)?.dispose()
    await (await made)?.end()
  }
}
