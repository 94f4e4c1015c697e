// Told in chapters/03-patterns-and-idioms/14-folder-queue.md. Edit it there, or edit here and stitch.
export const answers = { foldersOfTheFirst: 5, foldersOfTheSecond: 5, call: 'flock' }
