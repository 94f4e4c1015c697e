// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
export interface Holdable { ref(): void, unref(): void }

/** Returns `hold`: each call is a reason to live, and returns the function that takes it back. */
export function reasons(thread: Holdable): () => () => void {
  let count = 0
  return () => {
    if (count++ === 0) thread.ref()
    let isHeld = true
    return () => {
      if (isHeld && --count === 0) thread.unref()
      isHeld = false
    }
  }
}
