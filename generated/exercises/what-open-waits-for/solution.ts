// Told in chapters/02-primitives-catalog/05-fifo.md. Edit it there, or edit here and stitch.
export const answers = {
  openToWriteAlone: 'ENXIO',
  readBeforeAWriterCame: 0 as number | string,
  readWhileAWriterIsThere: 'EAGAIN' as number | string,
  sizeWithTenBytes: 0,
}
