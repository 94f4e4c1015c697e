// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
export const answers = {
  releasedTokenPasses: true,
  grantAloneShutsOut: false,
  tokenAfterRelease: 2,
  lateRenewalWorks: false,
}
