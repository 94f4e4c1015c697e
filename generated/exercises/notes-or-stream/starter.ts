// Told in chapters/02-primitives-catalog/06-unix-socket.md. Edit it there, or edit here and stitch.
export const answers = {
  receivesAfterTwoSends: { stream: 2, datagram: 2, seqpacket: 2 },
  emptyDatagramArrives: false,
  leftOfTenAfterFour: 6,
  datagramReaderSeesTheEnd: true,
}
