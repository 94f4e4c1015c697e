// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
export const answers = {
  commandKilled: 9,
  afterFcsWasKilled: 'free' as 'free' | 'held',
  secondHolder: 1,
  sharedBesideShared: false,
}
