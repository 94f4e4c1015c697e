// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
/** A name for the text. */
export function toNote(text: string): string { return text.replaceAll(/[/\0]/g, '_') || '_' }

/** The text that has this name. */
export function toText(note: string): string { return note }
