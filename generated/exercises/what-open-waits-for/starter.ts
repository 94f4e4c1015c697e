// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
export const answers = {
  openToWriteAlone: 'EPIPE',
  readBeforeAWriterCame: 'EAGAIN' as number | string,
  readWhileAWriterIsThere: 0 as number | string,
  sizeWithTenBytes: 10,
}
