import { formatCount, type PairReport } from '@epipole/sfm'
import { cssColor, h } from './dom.js'
import { fileName, type PageState } from './state.js'

/** Pixels of the canvas along a side at most. */
const MAX_SIDE = 1200

/** A square for each pair, shaded by its inliers; symmetric, photos in their order. */
export function matchMatrix(state: PageState, choose: (pair: PairReport) => void): HTMLElement {
  const n = state.photos.length
  const byKey = new Map(state.pairs.map((p) => [p.a * n + p.b, p]))
  const tip = h('p', { class: 'tip', 'aria-live': 'polite' }, 'Point at a square to see the pair.')
  const used = state.pairs.filter((p) => p.kind !== 'refused').length
  const canvas = h('canvas', {
    class: 'matrix',
    role: 'img',
    'aria-label': `Match matrix: ${used} of ${state.page.pairs.total} pairs of ${n} photos share a geometry. The table beside it lists them.`,
  })
  let hovered: PairReport | undefined
  const draw = () => drawMatrix(canvas, state.pairs, n, hovered)
  const at = (e: MouseEvent): { a: number; b: number } => {
    const box = canvas.getBoundingClientRect()
    const cell = (v: number, size: number) => Math.max(0, Math.min(n - 1, Math.floor((v / size) * n)))
    const x = cell(e.clientX - box.left, box.width)
    const y = cell(e.clientY - box.top, box.height)
    return { a: Math.min(x, y), b: Math.max(x, y) }
  }
  canvas.addEventListener('pointermove', (e) => {
    const { a, b } = at(e)
    const pair = byKey.get(a * n + b)
    tip.textContent = describe(state, a, b, pair)
    if (pair !== hovered) {
      hovered = pair
      draw()
    }
  })
  canvas.addEventListener('pointerleave', () => {
    hovered = undefined
    draw()
  })
  canvas.addEventListener('click', (e) => {
    const { a, b } = at(e)
    const pair = byKey.get(a * n + b)
    if (pair) choose(pair)
  })
  new ResizeObserver(draw).observe(canvas)
  state.onTheme(draw)
  return h('div', { class: 'matrix-box' }, canvas, legend(maxInliers(state.pairs)), tip)
}

function describe(state: PageState, a: number, b: number, pair: PairReport | undefined): string {
  const name = (i: number) => fileName(state.photos[i]?.name ?? '')
  if (a === b) return name(a)
  const who = `${name(a)} and ${name(b)}`
  if (!pair) return `${who}: not compared`
  const numbers = `${formatCount(pair.inliers)} inliers of ${formatCount(pair.matches)} matches`
  return `${who}: ${pair.kind}, ${numbers}${pair.verdict ? `. ${pair.verdict.text}` : ''}`
}

function maxInliers(pairs: readonly PairReport[]): number {
  return pairs.reduce((m, p) => (p.kind === 'refused' ? m : Math.max(m, p.inliers)), 1)
}

/** 0 … 1, by the logarithm: pairs differ by orders of magnitude. */
export function shade(inliers: number, most: number): number {
  return Math.max(0, Math.min(1, Math.log1p(inliers) / Math.log1p(Math.max(1, most))))
}

function drawMatrix(
  canvas: HTMLCanvasElement,
  pairs: readonly PairReport[],
  n: number,
  hovered: PairReport | undefined,
): void {
  const context = canvas.getContext('2d')
  const width = canvas.clientWidth
  if (!context || width === 0 || n === 0) return
  const side = Math.min(MAX_SIDE, Math.round(width * Math.min(2, devicePixelRatio || 1)))
  canvas.width = side
  canvas.height = side
  const cell = side / n
  const gap = cell > 10 ? 1 : 0
  const refused = cssColor(canvas, '--matrix-refused')
  const low = cssColor(canvas, '--matrix-low')
  const high = cssColor(canvas, '--matrix-high')
  const most = maxInliers(pairs)
  const square = (x: number, y: number, color: string) => {
    const left = Math.floor(x * cell)
    const top = Math.floor(y * cell)
    context.fillStyle = color
    context.fillRect(
      left,
      top,
      Math.max(1, Math.floor((x + 1) * cell) - left - gap),
      Math.max(1, Math.floor((y + 1) * cell) - top - gap),
    )
  }
  context.clearRect(0, 0, side, side)
  for (let i = 0; i < n; i++) square(i, i, cssColor(canvas, '--matrix-diagonal'))
  // The strongest last: where many pairs share a pixel, it is what shows.
  const ordered = [...pairs].sort(
    (p, q) => (p.kind === 'refused' ? -1 : p.inliers) - (q.kind === 'refused' ? -1 : q.inliers),
  )
  for (const p of ordered) {
    const t = Math.round(100 * shade(p.inliers, most))
    const color = p.kind === 'refused' ? refused : `color-mix(in oklab, ${high} ${t}%, ${low})`
    square(p.a, p.b, color)
    square(p.b, p.a, color)
  }
  if (hovered) {
    const size = Math.max(5, cell)
    context.lineWidth = Math.max(2, side / 400)
    context.strokeStyle = cssColor(canvas, '--view-accent')
    for (const [x, y] of [
      [hovered.a, hovered.b],
      [hovered.b, hovered.a],
    ] as const) {
      context.strokeRect((x + 0.5) * cell - size / 2, (y + 0.5) * cell - size / 2, size, size)
    }
  }
}

function legend(most: number): HTMLElement {
  return h(
    'div',
    { class: 'legend' },
    h('span', { class: 'key refused' }),
    'refused',
    h('span', { class: 'ramp' }),
    `1 – ${formatCount(most)} inliers`,
  )
}
