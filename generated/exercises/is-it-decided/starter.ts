// Told in chapters/03-patterns-and-idioms/24-two-phase-publish.md. Edit it there, or edit here and stitch.
export const answers = { before: 'new', behind: 'old' }
