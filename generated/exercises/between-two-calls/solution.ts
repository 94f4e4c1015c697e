// Told in chapters/10-files/12-file-watching.md. Edit it there, or edit here and stitch.
export const answers = {
  watchFileHears: false,
  secondWatchFolderHears: true,
  hearsAfterUnwatch: false,
  eventsOfThreeWrites: 1,
  namesOfThreeFiles: 3,
}
