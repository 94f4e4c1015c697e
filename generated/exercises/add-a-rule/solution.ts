// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
import { type TwoPhaseFolder } from 'filesystem-communication-space/patterns'

/** Adds a rule, and writes into `hosts` how many there are. */
export function addRule(own: TwoPhaseFolder, rule: string): void {
  const { rules = '' } = own.read(['rules'])
  const text = `${rules}${rule}\n`
  own.publish({ rules: text, hosts: String(text.split('\n').length - 1) })
}
