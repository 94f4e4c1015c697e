// Told in chapters/03-patterns-and-idioms/12-maildir.md. Edit it there, or edit here and stitch.
/** Of IN_CREATE, IN_MOVED_TO, IN_CLOSE_WRITE. */
export const answers = { hasCome: 'IN_CREATE', eventsOfAMark: 2, changesTheTime: true }
