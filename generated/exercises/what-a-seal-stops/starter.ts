// Told in chapters/02-primitives-catalog/13-memfd.md. Edit it there, or edit here and stitch.
export const answers = {
  writesBehindTheEnd: true,
  modeMayChange: false,
  sealsOfAFileInShm: [] as string[],
}
