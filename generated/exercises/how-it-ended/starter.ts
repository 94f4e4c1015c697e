// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
export const answers = {
  emptyBus: 0,
  noBus: 0,
  misspelt: 1,
  commandFailed: 0,
  leftAfterTheCommandFailed: 0,
}
