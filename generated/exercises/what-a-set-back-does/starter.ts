// Told in chapters/03-patterns-and-idioms/29-hybrid-clock.md. Edit it there, or edit here and stitch.
export const answers = [[1000, 0], [400, 0], [400, 1], [1500, 0]]
