// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
/** Our word for each of Julia's. */
export const words = {
  mktempdir: 'mktempdir',
  isblockdev: 'isBlockDevice',
  watch_folder: 'watchFolder',
  ispath: 'isPath',
  FDWatcher: 'FdWatcher',
}
