// Told in chapters/03-patterns-and-idioms/13-work-claiming.md. Edit it there, or edit here and stitch.
/** By member's id: whether it lives, and the names of its claims, sorted. */
export function whoHasWhat(members: string): Record<string, { lives: boolean, claims: string[] }> {
  void members
  return {}
}
