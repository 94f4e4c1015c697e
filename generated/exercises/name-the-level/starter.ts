// Told in chapters/10-files/06-atomic-write.md. Edit it there, or edit here and stitch.
/** What `atomicWrite` answers as `durability`, or the code of its error. */
export const answers = {
  '{}': 'disk and folder',
  '{ fsync: false }': 'os',
  '{ fsyncDir: true }': 'disk and folder',
  '{ fsync: false, fsyncDir: true }': 'disk and folder',
}
