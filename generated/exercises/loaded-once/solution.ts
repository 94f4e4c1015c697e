// Told in chapters/09-cross-platform/09-here.md. Edit it there, or edit here and stitch.
export type Loaders<T> = Record<string, () => Promise<T>>

/** A function that gives what the loader of this name loads, or the loader 'default'. */
export function chooser<T>(loaders: Loaders<T>): (name: string) => Promise<T> {
  const loaded = new Map<string, Promise<T>>()
  return asked => {
    const name = Object.hasOwn(loaders, asked) ? asked : 'default'
    const known = loaded.get(name)
    if (known !== undefined) return known
    const loading = loaders[name]!()
    loaded.set(name, loading)
    loading.catch(() => loaded.delete(name))
    return loading
  }
}
