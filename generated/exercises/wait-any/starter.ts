// Told in chapters/00-foundations/04-wait.md. Edit it there, or edit here and stitch.
import {
  waitReadable, type OpenFile, type WaitOptions,
} from 'filesystem-communication-space/foundations'

/** Resolves to the file that is readable first. */
export function waitAny(files: OpenFile[], options: WaitOptions = {}): Promise<OpenFile> {
  return Promise.race(files.map(async file => {
    await waitReadable(file, options)
    return file
  }))
}
