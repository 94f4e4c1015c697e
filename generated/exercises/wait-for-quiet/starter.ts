// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
import { unwatchFolder, watchFolder } from 'filesystem-communication-space/files'

/** The names that come into the folder until nothing has happened there for `quietMs`. */
export async function untilQuiet(folder: string, quietMs: number): Promise<string[]> {
  const { name } = await watchFolder(folder, { timeoutMs: quietMs })
  unwatchFolder(folder)
  return [String(name)]
}
