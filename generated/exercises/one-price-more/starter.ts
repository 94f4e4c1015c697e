// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
import { cpSync, writeFileSync } from 'node:fs'
import { type CurrentPointer } from 'filesystem-communication-space/patterns'

/** Publishes a version in which `name` costs `price`. `between` is called when the copy is made. */
export function setPrice(pointer: CurrentPointer, name: string, price: string, between = () => {}): void {
  const version = pointer.open()!
  pointer.publish(path => {
    cpSync(version.path, path, { recursive: true })
    writeFileSync(`${path}/${name}`, price)
    between()
  })
  version.close()
}
