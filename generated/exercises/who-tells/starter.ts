// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
export const answers = {
  isOneBackend: true,
  tellsOfProc: true,
  pollingTellsOfProc: false,
  isWatchedTwice: true,
  pollingKnowsWhen: 'at once' as 'at once' | 'after a sync',
}
