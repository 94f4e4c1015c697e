// Told in chapters/05-experiments/04-message-bus-groups.md. Edit it there, or edit here and stitch.
export const answers = { leftForTheSecond: 2, countAfterLeaving: 1, groupsThatGetIt: 1 }
