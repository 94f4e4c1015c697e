// Told in chapters/10-files/08-asynchrony.md. Edit it there, or edit here and stitch.
/** The file holds 'abcdef'; all are asked for in one turn, each for two bytes. */
export const answers = {
  first: 'ab',
  withOffset3: 'cd',
  second: 'ef',
  /** The third is aborted in the same turn, and this one comes after it. */
  afterTheAborted: '',
}
