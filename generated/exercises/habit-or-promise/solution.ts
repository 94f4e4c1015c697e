// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
/** Whether each is right on all five filesystems. */
export const answers = {
  firstOfTheListIsOldest: false,
  linkFailsIfTheNameIsTaken: true,
  linksMinusTwoIsTheFolders: false,
  appendsDoNotOverlap: true,
}
