// Told in chapters/03-patterns-and-idioms/02-append-log.md. Edit it there, or edit here and stitch.
/** Each is 'cut', 'EBADMSG' or 'nothing'. */
export const answers = {
  lastOfAbandoned: 'cut',
  lastOfClosed: 'EBADMSG',
  firstOfAbandoned: 'EBADMSG',
  tooShort: 'EBADMSG',
}
