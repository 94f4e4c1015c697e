// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
export const answers = {
  slashes: 'C:\\a\\b',
  twice: '\\\\?\\C:\\a',
  share: '\\\\?\\UNC\\srv\\docs\\x',
}
