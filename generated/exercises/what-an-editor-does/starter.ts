// Told in chapters/02-primitives-catalog/10-inotify.md. Edit it there, or edit here and stitch.
/** Of the events IN_CREATE, IN_OPEN, IN_MODIFY, IN_ATTRIB, IN_CLOSE_WRITE. */
export const answers = {
  writtenAndClosed: 'IN_MODIFY',
  eventsOfANewFile: 1,
  eventsOfAnAppend: 1,
  touchIsModify: true,
}
