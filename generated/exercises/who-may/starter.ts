// Told in chapters/01-namespace-as-rendezvous/04-shared-namespace.md. Edit it there, or edit here and stitch.
export const answers = {
  ownerWithoutBits: true,
  twoHalves: true,
  cutByEmptyMask: false,
  removesReadOnly: false,
  modeOfNewFile: 0o600,
}
