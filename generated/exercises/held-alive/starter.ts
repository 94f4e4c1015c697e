// Told in chapters/09-cross-platform/05-windows-overlapped.md. Edit it there, or edit here and stitch.
export interface Holdable { ref(): void, unref(): void }

/** Returns `hold`: each call is a reason to live, and returns the function that takes it back. */
export function reasons(thread: Holdable): () => () => void {
  return () => {
    thread.ref()
    return () => thread.unref()
  }
}
