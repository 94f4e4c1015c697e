// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { SystemError, tap } from 'filesystem-communication-space/foundations'

/** The next call of `syscall` fails with `code` ('EIO'), whatever the kernel would say. */
export function failOnce(syscall: string, code: string): void {
  const { errno } = new SystemError(code, syscall)
  tap((name, _args, proceed) => name === syscall ? errno : proceed())
}
