// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
import { OpenFile } from '../foundations/file.ts'
import { bind } from '../foundations/kernel.ts'

const memfdCall = bind('int memfd_create(const char *name, unsigned int flags)')
const [MFD_CLOEXEC, MFD_ALLOW_SEALING] = [1, 2]

/** A new empty file of memory. `label` is for people who look into /proc/PID/fd; it names nothing. */
export function memfd(label: string): OpenFile {
  return new OpenFile(memfdCall(label, MFD_CLOEXEC | MFD_ALLOW_SEALING))
}
