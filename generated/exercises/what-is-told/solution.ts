// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
export const answers = { touched: 'create,attrib,write', renamed: 'rename', movedOut: 'delete', below: '' }
