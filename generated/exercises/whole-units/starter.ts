// Told in chapters/09-cross-platform/03-win32.md. Edit it there, or edit here and stitch.
export const encode = (name: string): Buffer => Buffer.from(name, 'utf8')
export const decode = (bytes: Buffer): string => bytes.toString('utf8')
