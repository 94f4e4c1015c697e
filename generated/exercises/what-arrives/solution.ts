// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
/** How many names `take` returns after it. */
export const answers = {
  createdAndRemoved: 1,
  linked: 1,
  renamedInside: 1,
  written: 0,
  createdInASubfolder: 0,
}
