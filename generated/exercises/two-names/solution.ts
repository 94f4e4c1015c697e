// Told in chapters/00-foundations/03-name.md. Edit it there, or edit here and stitch.
export const answers = {
  /** `a` and `b` are one file. After rename('a', 'b'): how many of the two names are there? */
  namesLeft: 2,
  /** `stat().nlink` of an open file whose only name was unlinked. */
  linksWithoutName: 0,
  /** The type, by `stat` without `follow`, of what link('link to a file', 'second') made. */
  typeOfSecond: 'symlink',
  /** Bob has `b` open. rename('a', 'b'). What does Bob read: the bytes of 'a' or of 'b'? */
  bobReads: 'b',
}
