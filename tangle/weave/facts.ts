// The shape of what is known about a tangled file.

export interface Declaration {
  name: string
  kind: string
  /** Counts from 0. */
  line: number
  exported: boolean
}

/** Lines and columns count from 0. */
export interface Facts {
  /** Line → its identifiers. `target` counts in `targets`; -1 for a name that is local or foreign. */
  identifiers: Record<number, [column: number, length: number, text: number, target: number][]>
  /** What the editor would show. */
  texts: string[]
  /** Names of modules and members of classes that are used here: `send`, `Channel.close`. */
  targets: [file: string, name: string][]
  declared: Declaration[]
  /** Functions, methods and classes, each after the one that it stands in. */
  scopes: [name: string, from: number, to: number][]
}

/** The innermost function or class that a line stands in, as `deliver()` or `Spool.claim()`. */
export function scopeAt({ scopes }: Facts, line: number): string | undefined {
  return scopes.filter(([, from, to]) => from < line && line <= to).at(-1)?.[0]
}
