import type { SmallNet } from './small-net.js'
import { svgPage, svgText } from './svg.js'

const RADIUS = 20
const ACROSS = 260
const DOWN = 84
const MARGIN = 60

const short = (x: number): string => `${Number(x.toFixed(2)) + 0}`

/** Units as circles: lines carry weights (width by size, red where negative), circles the sum and, below, the activation. */
export function neuronsView({ input, layers }: SmallNet): string {
  const columns = [input.length, ...layers.map(({ weights }) => weights.length)]
  const tallest = Math.max(...columns)
  const at = (column: number, unit: number) => ({
    x: MARGIN + column * ACROSS,
    y: MARGIN + ((tallest - columns[column]) / 2 + unit) * DOWN,
  })
  const strongest = Math.max(1e-12, ...layers.flatMap(({ weights }) => weights.flat().map(Math.abs)))
  const lines: string[] = []
  const labels: string[] = []
  const circles = input.map((value, k) => circle(at(0, k), short(value), `x${k + 1}`, '#eee'))
  layers.forEach(({ weights, biases, activation, sums, outputs }, i) => {
    weights.forEach((row, j) => {
      const to = at(i + 1, j)
      row.forEach((w, k) => {
        const [line, label] = edge(at(i, k), to, w, strongest, (k + 1) / (row.length + 1))
        lines.push(line)
        labels.push(label)
      })
      const note = [biases && `b ${short(biases[j])}`, activation && `${activation} ${short(outputs[j])}`]
      circles.push(circle(to, short(sums[j]), note.filter(Boolean).join(', '), '#d8efd3'))
    })
  })
  const width = 2 * MARGIN + layers.length * ACROSS
  return svgPage(width, 2 * MARGIN + (tallest - 1) * DOWN, 'Neurons of a network', [...lines, ...labels, ...circles])
}

interface Point {
  readonly x: number
  readonly y: number
}

function edge(from: Point, to: Point, w: number, strongest: number, share: number): [line: string, label: string] {
  const color = w < 0 ? '#b5443c' : '#3c6db5'
  const width = (0.5 + (2.5 * Math.abs(w)) / strongest).toFixed(2)
  const [x1, x2] = [from.x + RADIUS, to.x - RADIUS]
  // Labels at different places along the lines into a unit, or they would lie on each other.
  const place = 0.15 + 0.5 * share
  const [tx, ty] = [x1 + place * (x2 - x1), from.y + place * (to.y - from.y) - 3]
  return [
    `<line x1="${x1}" y1="${from.y}" x2="${x2}" y2="${to.y}" stroke="${color}" stroke-width="${width}"/>`,
    svgText(Math.round(tx), Math.round(ty), short(w), { size: 9, anchor: 'middle', color, halo: 3 }),
  ]
}

const circle = ({ x, y }: Point, inside: string, below: string, fill: string): string =>
  [
    `<circle cx="${x}" cy="${y}" r="${RADIUS}" fill="${fill}" stroke="#444"/>`,
    svgText(x, y + 4, inside, { anchor: 'middle', size: 11 }),
    svgText(x, y + RADIUS + 11, below, { anchor: 'middle', size: 9, color: '#555' }),
  ].join('')
