// Told in chapters/02-primitives-catalog/09-lease.md. Edit it there, or edit here and stitch.
export const asks = { stat: false, rename: false, unlink: false, link: false, chmod: false, truncate: true }
