// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
export const answers = {
  fileTimeChanges: true,
  folderTimeChanges: false,
  /** 'the new file', 'the old file' or 'fails' */
  writesTo: 'fails',
  newFileIsLocked: true,
}
