// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
/** Whether each is right on all five filesystems. */
export const answers = {
  firstOfTheListIsOldest: true,       // a queue that takes names[0]
  linkFailsIfTheNameIsTaken: true,    // a lock by link(2)
  linksMinusTwoIsTheFolders: true,    // a progress bar for a walk
  appendsDoNotOverlap: true,          // two writers with O_APPEND
}
