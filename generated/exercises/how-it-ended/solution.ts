// Told in chapters/05-experiments/02-message-bus-command.md. Edit it there, or edit here and stitch.
export const answers = {
  emptyBus: 3,
  noBus: 1,
  misspelt: 2,
  commandFailed: 1,
  leftAfterTheCommandFailed: 1,
}
