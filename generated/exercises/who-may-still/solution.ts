// Told in chapters/05-experiments/09-command-lease.md. Edit it there, or edit here and stitch.
export const answers = { thirdToken: 3, stoppedTooLong: 124, tooOld: 1, nobodyLeads: 3 }
