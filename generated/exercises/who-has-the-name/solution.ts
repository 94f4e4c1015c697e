// Told in chapters/02-primitives-catalog/04-rename.md. Edit it there, or edit here and stitch.
export const answers = {
  fileTimeChanges: false,
  folderTimeChanges: true,
  /** 'the new file', 'the old file' or 'fails' */
  writesTo: 'the old file',
  newFileIsLocked: false,
}
