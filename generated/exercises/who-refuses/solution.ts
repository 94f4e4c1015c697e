// Told in chapters/01-namespace-as-rendezvous/02-create-race.md. Edit it there, or edit here and stitch.
/** Of two callers, so many succeed. */
export const winners = {
  'open O_CREAT': 2,
  'open O_CREAT|O_EXCL': 1,
  'rename': 2,
  'link': 1,
  'mkdir': 1,
  'look, then create': 2,
}
