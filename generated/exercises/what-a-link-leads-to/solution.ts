// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
export const answers = {
  /** 'ENOENT', 'EEXIST', or 'creates what it leads to' */
  create: 'creates what it leads to',
  createExclusively: 'EEXIST',
  size: 7,
  textIsAdapted: false,
}
