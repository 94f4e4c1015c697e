// Told in chapters/00-foundations/README.md. Edit it there, or edit here and stitch.
export * from './kernel.ts'
export * from './file.ts'
export * from './name.ts'
export * from './wait.ts'
export * from './taxonomy.ts'
