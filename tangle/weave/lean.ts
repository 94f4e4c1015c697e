// A drawn picture with less weight and the same look.

/** Mermaid writes positions with fifteen digits, once more for its own editor, and each straight stroke twice as a curve. */
export function lean(svg: string): string {
  const short = (number: string) => Number(number).toFixed(2).replace(/\.?0+$/, '')
  return svg.replace(/<[a-z][^>]*>/g, (tag) => {
    const rounded = tag.replace(/ data-points="[^"]*"/, '').replace(/(?<![\d.])-?\d+\.\d{6,}(?![\d.e])/g, short)
    return / fill="none"/.test(tag) ? rounded.replace(/( d=")((?:\s*M[-\d. ]+C[-\d., ]+)+)(?=")/, (_, before: string, path: string) => before + straight(path)) : rounded
  })
}

/** Curves that are straight become lines, drawn once, and one line where they meet. */
function straight(path: string): string {
  const pieces = path.split('M').slice(1).map((piece) => (piece.match(/-?[\d.]+/g) ?? []).map(Number))
  if (!pieces.every((numbers) => numbers.length === 8 && isStraight(numbers))) return path
  let lines = ''
  let [atX, atY] = [NaN, NaN]
  const drawn = new Set<string>()
  for (const [x, y, , , , , toX, toY] of pieces as [number, number, number, number, number, number, number, number][]) {
    const key = `${x} ${y} ${toX} ${toY}`
    if (drawn.has(key) || (x === toX && y === toY)) continue
    drawn.add(key)
    lines += x === atX && y === atY ? `L${toX} ${toY}` : `M${x} ${y}L${toX} ${toY}`
    ;[atX, atY] = [toX, toY]
  }
  return lines
}

/** Both handles lie on the way from one end to the other, within a tenth of a pixel. */
function isStraight([x, y, ...rest]: number[]): boolean {
  const [toX, toY] = rest.slice(4) as [number, number]
  const length = Math.hypot(toX - x!, toY - y!)
  return [rest.slice(0, 2), rest.slice(2, 4)].every(([px, py]) => {
    const [dx, dy] = [px! - x!, py! - y!]
    if (length < 0.1) return Math.hypot(dx, dy) < 0.2
    return Math.abs(dx * (toY - y!) - dy * (toX - x!)) / length < 0.1
  })
}
