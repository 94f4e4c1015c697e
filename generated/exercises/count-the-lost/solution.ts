// Told in chapters/03-patterns-and-idioms/07-read-modify-write.md. Edit it there, or edit here and stitch.
/** The counter begins at 0 and each program adds 1. */
export const answers = { bothReadFirst: 1, oneAfterTheOther: 2, onlyWritesLocked: 1 }
