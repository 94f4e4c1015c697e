// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
export const answers = {
  lengthReadOfALongLine: 5001,
  afterCtrlDInside: 'ab\n',
  afterReturn: 'a\r',
  afterCtrlU: 'wrong\x15right\n',
}
