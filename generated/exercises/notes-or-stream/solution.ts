// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
export const answers = {
  receivesAfterTwoSends: { stream: 1, datagram: 2, seqpacket: 2 },
  emptyDatagramArrives: true,
  leftOfTenAfterFour: 0,
  datagramReaderSeesTheEnd: false,
}
