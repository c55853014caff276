import { formatCount, type Histogram, readableStep } from '@epipole/sfm'
import { h, svg } from './dom.js'

const WIDTH = 520
const HEIGHT = 230
const PLOT = { left: 46, right: 12, top: 12, bottom: 38 }

export interface ChartOptions {
  readonly title: string
  readonly xLabel: string
  /** How an edge is written. */
  readonly format: (x: number) => string
  /** Bins hold one whole number each, written below the bar's middle. */
  readonly discrete?: boolean
}

/** Bars, with the median marked. */
export function histogramChart(data: Histogram, options: ChartOptions): HTMLElement {
  const { edges, counts } = data
  const low = edges[0]!
  const high = edges[edges.length - 1]!
  const most = Math.max(1, ...counts)
  const step = Math.max(1, readableStep(most / 4))
  const top = step * Math.ceil(most / step)
  const x = (v: number) => PLOT.left + ((v - low) / (high - low)) * (WIDTH - PLOT.left - PLOT.right)
  const y = (c: number) => HEIGHT - PLOT.bottom - (c / top) * (HEIGHT - PLOT.top - PLOT.bottom)
  const total = counts.reduce((a, b) => a + b, data.above)
  const bars = counts.map((count, i) => {
    const left = x(edges[i]!)
    const right = x(edges[i + 1]!)
    const range = options.discrete
      ? options.format(edges[i]!)
      : `${options.format(edges[i]!)} – ${options.format(edges[i + 1]!)}`
    const share = total === 0 ? 0 : (100 * count) / total
    return svg(
      'g',
      { class: 'bar' },
      svg('rect', { x: left, y: PLOT.top, width: right - left, height: y(0) - PLOT.top, class: 'hit' }),
      svg('rect', {
        x: left + 0.75,
        y: y(count),
        width: Math.max(0.5, right - left - 1.5),
        height: y(0) - y(count),
        rx: 1.5,
      }),
      svg('title', {}, `${range}: ${formatCount(count)} points (${share.toFixed(1)} %)`),
    )
  })
  const above = data.above > 0 ? `, ${formatCount(data.above)} beyond the right edge` : ''
  const middle = options.discrete ? data.median + 0.5 : data.median
  const median = svg(
    'g',
    { class: 'median' },
    svg('path', { d: `M${x(middle)} ${PLOT.top}V${y(0)}` }),
    svg('title', {}, `median ${options.format(data.median)}`),
  )
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', {}, h('strong', {}, options.title), h('small', {}, caption(data, options, above))),
    svg(
      'svg',
      {
        viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
        role: 'img',
        'aria-label': `${options.title}: ${caption(data, options, above)}`,
      },
      ...gridLines(top, step, y),
      ...bars,
      total > 0 && middle < high ? median : undefined,
      ...xTicks(data, options, x, y(0)),
      svg('text', { x: WIDTH - PLOT.right, y: HEIGHT - 4, class: 'axis', 'text-anchor': 'end' }, options.xLabel),
    ),
  )
}

function caption(data: Histogram, options: ChartOptions, above: string): string {
  return `mean ${data.mean.toFixed(2)}, median ${options.discrete ? data.median : data.median.toFixed(2)}${above}`
}

function gridLines(top: number, step: number, y: (c: number) => number): SVGElement[] {
  const lines: SVGElement[] = []
  for (let c = 0; c <= top + step / 2; c += step) {
    lines.push(
      svg('path', { d: `M${PLOT.left} ${y(c)}H${WIDTH - PLOT.right}`, class: c === 0 ? 'base' : 'grid' }),
      svg('text', { x: PLOT.left - 6, y: y(c) + 3.5, 'text-anchor': 'end' }, formatCount(c)),
    )
  }
  return lines
}

function xTicks(data: Histogram, options: ChartOptions, x: (v: number) => number, base: number): SVGElement[] {
  const { edges } = data
  const every = Math.max(1, Math.ceil(edges.length / (options.discrete ? 16 : 9)))
  const last = options.discrete ? edges.length - 1 : edges.length
  return edges.slice(0, last).flatMap((edge, i) => {
    if (i % every !== 0) return []
    const at = options.discrete ? (x(edge) + x(edges[i + 1]!)) / 2 : x(edge)
    return [svg('text', { x: at, y: base + 15, 'text-anchor': 'middle' }, options.format(edge))]
  })
}
