// Told in chapters/05-experiments/13-command-manual.md. Edit it there, or edit here and stitch.
export const answers = { help: false, completion: false, lock: true, misspelt: false, misspeltStatus: 2 }
