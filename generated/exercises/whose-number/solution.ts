// Told in chapters/01-namespace-as-rendezvous/05-private-namespace.md. Edit it there, or edit here and stitch.
export const answers = {
  rootOutside: 1000,
  user1000Outside: 100_999,
  user1000Inside: 0,
  rootInside: 65_534,
  users: 65_537,
}
