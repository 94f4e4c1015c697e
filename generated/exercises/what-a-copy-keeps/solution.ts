// Told in chapters/10-files/03-folder-operations.md. Edit it there, or edit here and stitch.
/** Modes in octal, as text; how many names the copies have. */
export const answers = { mode: '755', modeWithOwner: '4755', twinsInside: 2, twinOutside: 1 }
