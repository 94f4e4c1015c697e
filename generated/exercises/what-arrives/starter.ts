// Told in chapters/01-namespace-as-rendezvous/01-meeting-point.md. Edit it there, or edit here and stitch.
/** How many names `take` returns after it. */
export const answers = {
  createdAndRemoved: 0,
  linked: 0,
  renamedInside: 2,
  written: 1,
  createdInASubfolder: 1,
}
