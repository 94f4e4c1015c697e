// Told in chapters/05-experiments/05-message-bus-peers.md. Edit it there, or edit here and stitch.
export const writes = { publish: 2, takeSixteen: 16, acknowledgeOne: 0, acknowledgeSixteen: 16 }
export const syncs = { os: 1, disk: 2, 'disk and folder': 3 }
