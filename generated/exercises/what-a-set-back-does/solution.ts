// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
export const answers = [[1000, 0], [1000, 1], [1000, 2], [1500, 0]]
