// Told in chapters/03-patterns-and-idioms/09-range-update.md. Edit it there, or edit here and stitch.
/** Ten bytes 'a' are to become ten 'b', and the write is torn after five. */
export const answers = { rangeAfterwards: 'aaaaaaaaaa', recordAfterwards: 'bbbbbbbbbb', bytesOfTenRecords: 920 }
