// Told in chapters/02-primitives-catalog/03-link.md. Edit it there, or edit here and stitch.
export const answers = {
  /** 'ENOENT', 'EEXIST', or 'creates what it leads to' */
  create: 'ENOENT',
  createExclusively: 'ENOENT',
  size: 0,
  textIsAdapted: true,
}
