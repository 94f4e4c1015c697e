// Told in chapters/09-cross-platform/08-kqueue.md. Edit it there, or edit here and stitch.
export interface Field { name: string, width: 1 | 2 | 4 | 8, count?: number }

export function layout(fields: Field[]): { size: number, offsets: Record<string, number> } {
  let [end, widest] = [0, 1]
  const offsets: Record<string, number> = {}
  for (const { name, width, count = 1 } of fields) {
    const at = Math.ceil(end / width) * width
    offsets[name] = at
    end = at + width * count
    widest = Math.max(widest, width)
  }
  return { size: Math.ceil(end / widest) * widest, offsets }
}
