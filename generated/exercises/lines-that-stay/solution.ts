// Told in chapters/03-patterns-and-idioms/08-merge-update.md. Edit it there, or edit here and stitch.
import { mergeUpdate } from 'filesystem-communication-space/patterns'

/** Lets `name` have `address`, in lines of the form 'address name'. True if the file was written. */
export function setHost(path: string, name: string, address: string): boolean {
  return mergeUpdate(path, text => {
    const lines = (text ?? '').split('\n')
    const i = lines.findIndex(line => !line.startsWith('#') && line.split(/\s+/)[1] === name)
    if (i === -1) lines.splice(-1, 0, `${address} ${name}`)
    else lines[i] = lines[i]!.replace(/^\S+/, address)
    return lines.join('\n')
  }).isWritten
}
