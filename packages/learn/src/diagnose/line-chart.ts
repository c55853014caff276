import { escapeHtml } from '../escape-html.js'
import { powerTicks, roundTicks, showTick } from './ticks.js'

/** A named line of a chart. */
export interface Line {
  readonly name: string
  readonly points: readonly (readonly [x: number, y: number])[]
}

const COLOURS = ['#2a6fdb', '#d9480f', '#2b8a3e', '#862e9c', '#c2255c', '#0b7285', '#5c940d', '#495057']
const [W, H, LEFT, RIGHT, BOTTOM, TOP] = [560, 260, 56, 14, 34, 14]

/** Of few lines, colours that differ; of many, which are layers in their order, a way from blue to red. */
const colourOf = (i: number, count: number): string =>
  count <= COLOURS.length ? (COLOURS[i] as string) : `hsl(${Math.round(250 * (1 - i / (count - 1)))} 70% 48%)`

interface Axis {
  /** From a number to its part of the axis, 0 … 1. */
  readonly place: (v: number) => number
  readonly ticks: readonly number[]
}

function axisOf(values: readonly number[], log: boolean): Axis {
  const scale = log ? Math.log10 : (v: number) => v
  const low = values.reduce((a, b) => Math.min(a, b))
  const high = values.reduce((a, b) => Math.max(a, b))
  // A single number stands in the middle, 0 below.
  const alone: readonly [number, number] = log ? [low / 2, low * 2] : low === 0 ? [0, 1] : [low - 0.5, low + 0.5]
  const [from, to] = high > low ? [low, high] : alone
  const place = (v: number) => (scale(v) - scale(from)) / (scale(to) - scale(from))
  if (high === low) return { place, ticks: [low] }
  return { place, ticks: log ? powerTicks(from, to) : roundTicks(from, to) }
}

/**
 * A line chart as a string of SVG, with axes, a legend and a title on each line: drawn by hand, since a page without scripts needs no
 * library. Points that are not finite, or not positive on a logarithmic axis, are left out.
 */
export function lineChart(
  title: string,
  lines: readonly Line[],
  { logX = false, logY = false }: { logX?: boolean; logY?: boolean } = {},
): string {
  const drawable = (v: number, log: boolean) => Number.isFinite(v) && (!log || v > 0)
  const kept = lines.map(({ name, points }) => ({
    name,
    points: points.filter(([x, y]) => drawable(x, logX) && drawable(y, logY)),
  }))
  const all = kept.flatMap(({ points }) => points)
  const caption = `<figcaption>${escapeHtml(title)}</figcaption>`
  if (all.length === 0) return `<figure>${caption}<p>No numbers.</p></figure>`
  const [xs, ys] = [
    axisOf(
      all.map(([x]) => x),
      logX,
    ),
    axisOf(
      all.map(([, y]) => y),
      logY,
    ),
  ]
  const px = (x: number) => (LEFT + xs.place(x) * (W - LEFT - RIGHT)).toFixed(1)
  const py = (y: number) => (H - BOTTOM - ys.place(y) * (H - BOTTOM - TOP)).toFixed(1)
  const grid = [
    ...ys.ticks.map(
      (y) =>
        `<line x1="${LEFT}" x2="${W - RIGHT}" y1="${py(y)}" y2="${py(y)}" class="grid"/><text x="${LEFT - 6}" y="${py(y)}" dy="4" text-anchor="end">${showTick(y)}</text>`,
    ),
    ...xs.ticks.map((x) => `<text x="${px(x)}" y="${H - BOTTOM + 16}" text-anchor="middle">${showTick(x)}</text>`),
  ]
  const drawn = kept.map(({ name, points }, i) => {
    const colour = colourOf(i, kept.length)
    const said = `<title>${escapeHtml(name)}</title>`
    // A line of one point would not be seen.
    if (points.length === 1) {
      const [x, y] = points[0] as readonly [number, number]
      return `<circle cx="${px(x)}" cy="${py(y)}" r="3" fill="${colour}">${said}</circle>`
    }
    const path = points.map(([x, y]) => `${px(x)},${py(y)}`).join(' ')
    return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="1.5">${said}</polyline>`
  })
  const legend = kept.map(
    ({ name }, i) => `<span><i style="background:${colourOf(i, kept.length)}"></i>${escapeHtml(name)}</span>`,
  )
  return `<figure>${caption}<svg viewBox="0 0 ${W} ${H}" role="img" aria-label="${escapeHtml(title)}">${grid.join('')}${drawn.join('')}</svg><div class="legend">${legend.join(' ')}</div></figure>`
}

/** At most `most` points of a long line, each the mean of its stretch; the first step is 1. */
export function thin(values: ArrayLike<number>, most = 400): [number, number][] {
  const step = Math.max(1, Math.ceil(values.length / most))
  const points: [number, number][] = []
  for (let at = 0; at < values.length; at += step) {
    const end = Math.min(values.length, at + step)
    let sum = 0
    for (let i = at; i < end; i++) sum += values[i] as number
    points.push([(at + 1 + end) / 2, sum / (end - at)])
  }
  return points
}
