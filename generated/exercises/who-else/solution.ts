// Told in chapters/01-namespace-as-rendezvous/03-well-known-path.md. Edit it there, or edit here and stitch.
/** Whether it is opened. */
export const answers = {
  fileInGroupsFolder: false,
  fileInStickyFolder: false,
  closedFolderInStickyFolder: true,
  openFileInClosedFolder: true,
  closedFileInOpenFolder: false,
}
