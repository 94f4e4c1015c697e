// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
export type Loaders<T> = Record<string, () => Promise<T>>

/** A function that gives what the loader of this name loads, or the loader 'default'. */
export function chooser<T>(loaders: Loaders<T>): (name: string) => Promise<T> {
  return async name => loaders[name]!()
}
