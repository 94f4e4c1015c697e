// Told in chapters/05-experiments/10-command-queue.md. Edit it there, or edit here and stitch.
export const answers = { afterFailure: 1, whileHeld: 0, secondAck: 3, afterTheReaderLeft: 1 }
