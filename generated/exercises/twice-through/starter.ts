// Told in chapters/09-cross-platform/07-windows-watch.md. Edit it there, or edit here and stitch.
/** `mark` puts a mark behind what is in the queue now, and calls back when it is drained. */
export function barrier(mark: (drained: () => void) => void): Promise<void> {
  return new Promise(resolve => mark(resolve))
}
