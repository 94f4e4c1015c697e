// Told in chapters/02-primitives-catalog/22-filesystem.md. Edit it there, or edit here and stitch.
/** The largest number of names that one file in `folder` may have; null if it is `limit` or more. */
export function namesMax(folder: string, limit: number): number | null {
  void folder
  return limit > 65_000 ? 65_000 : null
}
