// Told in chapters/03-patterns-and-idioms/15-fencing-lease.md. Edit it there, or edit here and stitch.
export const answers = {
  releasedTokenPasses: false,
  grantAloneShutsOut: true,
  tokenAfterRelease: 1,
  lateRenewalWorks: true,
}
