// Told in chapters/02-primitives-catalog/08-file-lock.md. Edit it there, or edit here and stitch.
export const answers = {
  lockedAfterUnlockingTheMiddle: 8,
  flockSeesRanges: false,
  touchingRangesExclude: false,
  sizeAfterLockingAtATerabyte: 0,
}
