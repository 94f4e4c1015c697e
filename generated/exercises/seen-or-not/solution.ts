// Told in chapters/02-primitives-catalog/12-memory-map.md. Edit it there, or edit here and stitch.
export const answers = {
  privateShowsStoresOfOthers: true,
  privateAfterOwnWriteShowsThem: false,
  bytesBehindUnlinkedFile: true,
}
