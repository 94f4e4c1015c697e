// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
export const writes = { publish: 1, takeSixteen: 1, acknowledgeOne: 1, acknowledgeSixteen: 1 }
export const syncs = { os: 0, disk: 1, 'disk and folder': 1 }
