// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
export const answers = { oneProcessCanTakeAll: false, takenAfterShrink: 3, sizeWhenFull: 0 }
