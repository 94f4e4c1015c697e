// Told in chapters/03-patterns-and-idioms/19-heartbeat.md. Edit it there, or edit here and stitch.
export const answers = { justStopped: 'dead', oldFile: 'beating', neverThere: null as string | null }
