// Told in chapters/03-patterns-and-idioms/11-spool.md. Edit it there, or edit here and stitch.
export const answers = { syncs: 4, makesIt: 'link', endsIt: 'unlink' }
