// Told in chapters/90-appendix/05-julia-names.md. Edit it there, or edit here and stitch.
/** Our word for each of Julia's. */
export const words = {
  mktempdir: 'mktempdir',
  isblockdev: 'isBlockdev',
  watch_folder: 'watchFolder',
  ispath: 'ispath',
  FDWatcher: 'FDWatcher',
}
