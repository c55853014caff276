/**
 * Capital letters as strokes in a box of height 1: straight ones as x0, y0, x1, y1; round ones (bows) as centre x, y,
 * half width, half height, first and last of the four quadrants.
 */
interface Glyph {
  readonly width: number
  readonly lines: readonly (readonly [number, number, number, number])[]
  readonly bows?: readonly { readonly x: number; readonly y: number; readonly rx: number; readonly ry: number }[]
}

/** Bows are ellipses; those of P are cut by `x ≥ bow.x`. */
const glyphs: Readonly<Record<string, Glyph>> = {
  E: {
    width: 0.55,
    lines: [
      [0, 0, 0, 1],
      [0, 1, 0.5, 1],
      [0, 0.52, 0.42, 0.52],
      [0, 0, 0.52, 0],
    ],
  },
  P: {
    width: 0.55,
    lines: [
      [0, 0, 0, 1],
      [0, 1, 0.24, 1],
      [0, 0.48, 0.24, 0.48],
    ],
    bows: [{ x: 0.24, y: 0.74, rx: 0.28, ry: 0.26 }],
  },
  I: { width: 0.02, lines: [[0, 0, 0, 1]] },
  L: {
    width: 0.5,
    lines: [
      [0, 0, 0, 1],
      [0, 0, 0.48, 0],
    ],
  },
  O: { width: 0.9, lines: [], bows: [{ x: 0.45, y: 0.5, rx: 0.45, ry: 0.5 }] },
}

const spacing = 0.42

function textWidth(text: string): number {
  let width = -spacing
  for (const letter of text) width += (glyphs[letter]?.width ?? 0.3) + spacing
  return width
}

/** Distance from (x, y), in letter heights, to the nearest stroke of a text centred at x = 0 with its foot at y = 0. */
export function letterDistance(text: string, x: number, y: number): number {
  let left = -textWidth(text) / 2
  let best = 10
  for (const letter of text) {
    const glyph = glyphs[letter]
    const width = glyph?.width ?? 0.3
    if (glyph && x > left - 0.3 && x < left + width + 0.3) best = Math.min(best, glyphDistance(glyph, x - left, y))
    left += width + spacing
  }
  return best
}

function glyphDistance(glyph: Glyph, x: number, y: number): number {
  let best = 10
  for (const [x0, y0, x1, y1] of glyph.lines) {
    const dx = x1 - x0
    const dy = y1 - y0
    const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy)))
    const ex = x - x0 - t * dx
    const ey = y - y0 - t * dy
    best = Math.min(best, Math.sqrt(ex * ex + ey * ey))
  }
  for (const bow of glyph.bows ?? []) {
    if (glyph.lines.length > 0 && x < bow.x) continue
    const u = (x - bow.x) / bow.rx
    const v = (y - bow.y) / bow.ry
    const r = Math.sqrt(u * u + v * v)
    best = Math.min(best, Math.abs(r - 1) * Math.min(bow.rx, bow.ry))
  }
  return best
}
