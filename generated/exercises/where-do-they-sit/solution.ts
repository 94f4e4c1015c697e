// Told in chapters/03-patterns-and-idioms/18-semaphore.md. Edit it there, or edit here and stitch.
export const answers = { oneProcessCanTakeAll: true, takenAfterShrink: 1, sizeWhenFull: 3 }
