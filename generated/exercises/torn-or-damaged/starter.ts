// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
/** Each is 'cut', 'EBADMSG' or 'nothing'. */
export const answers = {
  lastOfAbandoned: 'nothing',
  lastOfClosed: 'nothing',
  firstOfAbandoned: 'nothing',
  tooShort: 'nothing',
}
