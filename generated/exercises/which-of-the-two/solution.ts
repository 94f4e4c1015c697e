// Told in chapters/03-patterns-and-idioms/28-vector-clock.md. Edit it there, or edit here and stitch.
export const answers = ['before', 'concurrent', 'after', 'concurrent']
