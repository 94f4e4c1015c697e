// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
/** Of two callers, so many succeed. */
export const winners = {
  'open O_CREAT': 1,
  'open O_CREAT|O_EXCL': 1,
  'rename': 1,
  'link': 2,
  'mkdir': 2,
  'look, then create': 1,
}
