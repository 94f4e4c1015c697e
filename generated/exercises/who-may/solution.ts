// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
export const answers = {
  ownerWithoutBits: false,
  twoHalves: false,
  cutByEmptyMask: true,
  removesReadOnly: true,
  modeOfNewFile: 0o660,
}
