// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
export const answers = { thirdToken: 1, stoppedTooLong: 0, tooOld: 0, nobodyLeads: 0 }
