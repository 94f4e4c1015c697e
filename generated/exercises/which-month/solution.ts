// Told in chapters/03-patterns-and-idioms/20-current-pointer.md. Edit it there, or edit here and stitch.
export const answers = { openSays: 'June', left: '000002', removed: 0 }
