// Told in chapters/10-files/13-overlapped.md. Edit it there, or edit here and stitch.
import { SystemError } from '../foundations/kernel.ts'
import { WindowsFile, type Description } from '../platforms/windows-file.ts'

/** What another thread has to know of an open file of Windows. */
export type Rights = Pick<Description, 'readable' | 'writable' | 'append'>

/** Lets an open file of another thread do something that waits. The handle is the process's own. */
export function ask(
  handle: number, rights: Rights, method: 'stat' | 'sync' | 'datasync' | 'truncate' | 'chmod' | 'chown' | 'setTimes',
  args: readonly unknown[],
): unknown {
  const file = new WindowsFile(handle, { place: 0, holders: 1, locks: [], ...rights })
  const call = file[method] as ((...args: readonly unknown[]) => unknown) | undefined
  if (call === undefined) throw new SystemError('ENOTSUP', method)
  return call.apply(file, [...args])
}
