// Told in chapters/03-patterns-and-idioms/01-atomic-write.md. Edit it there, or edit here and stitch.
/** The most names at once. The target `notes` was there, except where it is created. */
export const answers = {
  replace: 2,
  create: 1,
  createNamed: 1,
  exchange: 2,
  leftByExchange: 2,
}
