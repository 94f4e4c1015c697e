// Told in chapters/09-cross-platform/README.md. Edit it there, or edit here and stitch.
export * from './platform.ts'
export { platform } from './here.ts'
export * from './watch-backend.ts'
export { PollingBackend, type PollingOptions } from './polling.ts'
export { watchBackend } from './watch-here.ts'
