// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
export const asks = { stat: true, rename: true, unlink: true, link: true, chmod: true, truncate: true }
