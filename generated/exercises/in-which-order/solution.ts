// Told in chapters/10-files/07-lock.md. Edit it there, or edit here and stitch.
/** Who runs together, group after group: 'reader 1', 'writer', 'reader 2'. */
export const groups = [['reader 1'], ['writer'], ['reader 2']]
