// Told in chapters/03-patterns-and-idioms/22-publish-subscribe.md. Edit it there, or edit here and stitch.
export const answers = { seenAfterRemoval: 3, firstSeenFromTheMiddle: 'two', missedByTheQuick: 0 }
