// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
export const answers = {
  lockedAfterUnlockingTheMiddle: 10,
  flockSeesRanges: true,
  touchingRangesExclude: true,
  sizeAfterLockingAtATerabyte: 2 ** 40,
}
