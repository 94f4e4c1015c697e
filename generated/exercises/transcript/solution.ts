// Told in chapters/00-foundations/01-kernel.md. Edit it there, or edit here and stitch.
import { SystemError, tap } from 'filesystem-communication-space/foundations'

/** Runs `action`, and returns a line for each call: `read = 12`, `open = ENOENT`. */
export function transcript(action: () => void): string[] {
  const lines: string[] = []
  const stop = tap((syscall, _args, proceed) => {
    const answer = proceed()
    const told = answer < 0 ? new SystemError(answer, syscall).code : String(answer)
    lines.push(`${syscall} = ${told}`)
    return answer
  })
  try {
    action()
  } finally {
    stop()
  }
  return lines
}
