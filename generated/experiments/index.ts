// Told in chapters/05-experiments/README.md. Edit it there, or edit here and stitch.
export * from './message-bus.ts'
export type { Listed } from './message-bus-list.ts'
export type { Following } from './message-bus-watch.ts'
