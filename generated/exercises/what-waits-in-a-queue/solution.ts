// Told in chapters/02-primitives-catalog/14-message-queue.md. Edit it there, or edit here and stitch.
export const answers = {
  emptyNoteArrives: true,
  order: 'bdac',
  fullTakesUrgent: false,
}
