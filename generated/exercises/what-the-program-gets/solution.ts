// Told in chapters/02-primitives-catalog/15-pseudo-terminal.md. Edit it there, or edit here and stitch.
export const answers = {
  lengthReadOfALongLine: 4096,
  afterCtrlDInside: 'a',
  afterReturn: 'a\n',
  afterCtrlU: 'right\n',
}
