// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
export const answers = {
  watchFileHears: true,
  secondWatchFolderHears: true,
  hearsAfterUnwatch: true,
  eventsOfThreeWrites: 3,
  namesOfThreeFiles: 3,
}
