/** A named line of a chart. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

const COLOURS = ['#2a6fdb', '#d9480f', '#2b8a3e', '#862e9c', '#c2255c', '#0b7285', '#5c940d', '#495057']
const [W, H, LEFT, BOTTOM, TOP] = [560, 260, 56, 34, 14]

/** Escapes text for HTML and SVG. */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/**
 * A line chart as a string of SVG, with axes, a legend and a title on each line: drawn by hand, since a page without scripts needs no
 * library. Points that are not finite, or not positive on a logarithmic axis, are left out.
 */
export function lineChart(
  title: string,
  lines: readonly Line[],
  options: { logX?: boolean; logY?: boolean } = {},
): string {
  const fx = options.logX ? Math.log10 : (v: number) => v
  const fy = options.logY ? Math.log10 : (v: number) => v
  const placed = lines.map(({ name, points }) => ({
    name,
    points: points
      .map(([x, y]) => [fx(x), fy(y)] as const)
      .filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)),
  }))
  const all = placed.flatMap(({ points }) => points)
  if (all.length === 0) return `<figure><figcaption>${escapeHtml(title)}: no numbers</figcaption></figure>`
  const range = (axis: 0 | 1) => {
    const values = all.map((p) => p[axis])
    const low = values.reduce((a, b) => Math.min(a, b))
    const high = values.reduce((a, b) => Math.max(a, b))
    return high > low ? ([low, high] as const) : ([low - 0.5, high + 0.5] as const)
  }
  const [[x0, x1], [y0, y1]] = [range(0), range(1)]
  const px = (x: number) => LEFT + ((x - x0) / (x1 - x0)) * (W - LEFT - 10)
  const py = (y: number) => H - BOTTOM - ((y - y0) / (y1 - y0)) * (H - BOTTOM - TOP)
  const show = (v: number, log?: boolean) => (log ? 10 ** v : v).toPrecision(3).replace(/\.?0+(e|$)/, '$1')
  const ticks = [0, 0.25, 0.5, 0.75, 1]
  const grid = ticks.map((t) => {
    const [x, y] = [x0 + t * (x1 - x0), y0 + t * (y1 - y0)]
    return `<line x1="${LEFT}" x2="${W - 10}" y1="${py(y)}" y2="${py(y)}" class="grid"/><text x="${LEFT - 6}" y="${py(y) + 4}" text-anchor="end">${show(y, options.logY)}</text><text x="${px(x)}" y="${H - BOTTOM + 16}" text-anchor="middle">${show(x, options.logX)}</text>`
  })
  const drawn = placed.map(({ name, points }, i) => {
    const path = points.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${COLOURS[i % COLOURS.length]}" stroke-width="1.5"><title>${escapeHtml(name)}</title></polyline>`
  })
  const legend = placed.map(
    ({ name }, i) => `<span style="color:${COLOURS[i % COLOURS.length]}">■</span> ${escapeHtml(name)}`,
  )
  return `<figure><figcaption>${escapeHtml(title)}</figcaption><svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${drawn.join('')}</svg><div class="legend">${legend.join(' &ensp; ')}</div></figure>`
}

/** At most `most` points of a long line, each the mean of its stretch. */
export function thin(values: ArrayLike<number>, most = 400): [number, number][] {
  const step = Math.max(1, Math.ceil(values.length / most))
  const points: [number, number][] = []
  for (let at = 0; at < values.length; at += step) {
    const end = Math.min(values.length, at + step)
    let sum = 0
    for (let i = at; i < end; i++) sum += values[i] as number
    points.push([(at + end - 1) / 2, sum / (end - at)])
  }
  return points
}
