// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { tap } from 'filesystem-communication-space/foundations'

/** Runs `action`, and returns a line for each call: `read = 12`, `open = ENOENT`. */
export function transcript(action: () => void): string[] {
  const lines: string[] = []
  tap((syscall, _args, proceed) => {
    lines.push(`${syscall} = ?`)
    return proceed()
  })
  action()
  return lines
}
