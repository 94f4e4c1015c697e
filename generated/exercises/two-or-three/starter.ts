// Told in chapters/03-patterns-and-idioms/31-every-order.md. Edit it there, or edit here and stitch.
/** Each returns true if it is the only one. */
export const ways = `
  make:    mkdir('a') fails ? false : true
  look:    'a' is there ? false : (create 'a', true)
  another: mkdir('a') fails ? (mkdir('b') fails ? true : false) : true
`
export const answers = { make: 2, look: 2, another: 2 }
