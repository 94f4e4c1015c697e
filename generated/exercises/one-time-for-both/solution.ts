// Told in chapters/03-patterns-and-idioms/26-timestamp.md. Edit it there, or edit here and stitch.
export const answers = {
  writingAFileChangesItsFoldersMtime: false,
  renamingAFileChangesItsMtime: false,
  utimesCanSet: 'mtime' as 'mtime' | 'ctime' | 'mtime and ctime',
}
