// Told in chapters/09-cross-platform/11-watch-here.md. Edit it there, or edit here and stitch.
export const answers = {
  isOneBackend: false,
  tellsOfProc: false,
  pollingTellsOfProc: true,
  isWatchedTwice: false,
  pollingKnowsWhen: 'after a sync' as 'at once' | 'after a sync',
}
