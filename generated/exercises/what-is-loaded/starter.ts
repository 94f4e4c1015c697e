// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
export const answers = { help: true, completion: true, lock: true, misspelt: true, misspeltStatus: 1 }
