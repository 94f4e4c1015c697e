// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
export interface Field { name: string, width: 1 | 2 | 4 | 8, count?: number }

export function layout(fields: Field[]): { size: number, offsets: Record<string, number> } {
  let size = 0
  const offsets: Record<string, number> = {}
  for (const { name, width } of fields) {
    offsets[name] = size
    size += width
  }
  return { size, offsets }
}
