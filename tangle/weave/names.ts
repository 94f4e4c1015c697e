// The names that the tangled program declares, and who uses them.
import type { Block } from '../block.ts'
import type { Woven } from './woven.ts'

/** A name of the program: where it is declared, and the blocks that use it. */
export interface Name {
  name: string
  kind: string
  file: string
  /** Counts from 0. */
  line: number
  exported: boolean
  /** The block that declares it; a file may have lines that no block tells. */
  home: Block | undefined
  users: Block[]
}

/** The names that the program declares, in alphabetical order. */
export function namesOf(woven: Woven): Name[] {
  const names: Name[] = []
  const byTarget = new Map<string, Name>()
  for (const [file, { declared }] of woven.facts) {
    const { lines } = woven.web.outputs.get(file)!
    for (const declaration of declared) {
      const name: Name = { ...declaration, file, home: lines[declaration.line]?.block, users: [] }
      names.push(name)
      byTarget.set(`${file} ${name.name}`, name)
    }
  }
  const users = new Map(names.map((name) => [name, new Set<Block>()]))
  for (const [file, { identifiers, targets }] of woven.facts) {
    const { lines } = woven.web.outputs.get(file)!
    const meant = targets.map((target) => byTarget.get(target.join(' ')))
    for (const line in identifiers) {
      const block = lines[Number(line)]?.block
      if (!block) continue
      for (const [, , , target] of identifiers[line]!) {
        const name = meant[target]
        if (name && block !== name.home) users.get(name)!.add(block)
      }
    }
  }
  for (const [name, blocks] of users) name.users = [...blocks]
  const { compare } = new Intl.Collator('en', { sensitivity: 'base' })
  return names.sort((a, b) => compare(a.name, b.name) || (a.file < b.file ? -1 : 1))
}
