// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
export const answers = {
  writeToFile: false,
  secondName: true,
  fileInSubfolder: false,
  failedPost: false,
}
