// Told in chapters/02-primitives-catalog/02-folder-entry.md. Edit it there, or edit here and stitch.
/** A name for the text. */
export function toNote(text: string): string {
  return text === '' ? '%' : encodeURIComponent(text).replace(/^\./, '%2E')
}

/** The text that has this name. */
export function toText(note: string): string { return note === '%' ? '' : decodeURIComponent(note) }
