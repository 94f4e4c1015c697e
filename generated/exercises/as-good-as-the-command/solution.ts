// Told in chapters/05-experiments/08-command-lock.md. Edit it there, or edit here and stitch.
export const answers = {
  commandKilled: 137,
  afterFcsWasKilled: 'held' as 'free' | 'held',
  secondHolder: 75,
  sharedBesideShared: true,
}
