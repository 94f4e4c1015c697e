// Told in chapters/01-namespace-as-rendezvous/README.md. Edit it there, or edit here and stitch.
export * from './meeting-point.ts'
export * from './create-race.ts'
export * from './well-known-path.ts'
export * from './shared-namespace.ts'
export * from './private-namespace.ts'
