// Told in chapters/05-experiments/11-command-watch.md. Edit it there, or edit here and stitch.
export const answers = { touched: 'modify', renamed: 'delete,create', movedOut: 'rename', below: 'modify' }
