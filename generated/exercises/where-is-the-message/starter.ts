// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
export const answers = { afterFailure: 0, whileHeld: 1, secondAck: 0, afterTheReaderLeft: 0 }
