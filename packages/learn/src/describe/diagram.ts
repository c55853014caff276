import type { Description, LayerRow } from './describe.js'
import { svgPage, svgText } from './svg.js'
import { showField, showSize } from './table.js'

const ROW = 34
const LEFT = 24
const BOX = 320
const BAR = 150
const GAP = 24

const COLORS: Readonly<Record<string, string>> = {
  conv2d: '#cfe3f7',
  convTranspose2d: '#cfe3f7',
  linear: '#d8efd3',
  maxPool2d: '#f7e3cf',
  avgPool2d: '#f7e3cf',
  globalAveragePool: '#f7e3cf',
  batchNorm: '#ece3f5',
  layerNorm: '#ece3f5',
  layerNorm2d: '#ece3f5',
}

/** The description as a drawing (SVG): one box a layer with its output, and bars of its parameters and multiplications. */
export function describeDiagram(description: Description): string {
  const { layers } = description
  const most = {
    parameters: Math.max(1, ...layers.map((row) => row.weights + row.biases)),
    multiplications: Math.max(1, ...layers.map((row) => row.multiplications)),
  }
  const top = 56
  const columns = { parameters: LEFT + BOX + GAP, multiplications: LEFT + BOX + 3 * GAP + BAR + 16 }
  const head = [
    svgText(LEFT, 24, `input ${showSize(description.input)}`, { size: 14 }),
    svgText(columns.parameters, 44, 'parameters', { color: '#555' }),
    svgText(columns.multiplications, 44, 'multiplications', { color: '#555' }),
  ]
  const rows = layers.flatMap((row, i) => {
    const y = top + i * ROW
    return [
      ...box(row, y),
      ...bar(columns.parameters, y, row.weights + row.biases, most.parameters, '#7aa874'),
      ...bar(columns.multiplications, y, row.multiplications, most.multiplications, '#6f93bf'),
    ]
  })
  const height = top + layers.length * ROW + 16
  return svgPage(columns.multiplications + BAR + 90, height, 'Layers of a model', [...head, ...rows])
}

function box(row: LayerRow, y: number): string[] {
  const field = row.receptiveField === undefined ? '' : `, sees ${showField(row.receptiveField)}`
  return [
    `<line x1="${LEFT + BOX / 2}" y1="${y - 8}" x2="${LEFT + BOX / 2}" y2="${y}" stroke="#888"/>`,
    `<rect x="${LEFT}" y="${y}" width="${BOX}" height="${ROW - 8}" rx="5" fill="${COLORS[row.kind] ?? '#eee'}" stroke="#888"/>`,
    svgText(LEFT + 8, y + 17, row.path === '' ? row.kind : `${row.path}: ${row.kind}`),
    svgText(LEFT + BOX - 8, y + 17, `${showSize(row.output)}${field}`, { anchor: 'end', color: '#444' }),
  ]
}

function bar(x: number, y: number, value: number, most: number, color: string): string[] {
  if (value === 0) return []
  const width = Math.max(1, Math.round((BAR * value) / most))
  return [
    `<rect x="${x}" y="${y + 4}" width="${width}" height="${ROW - 16}" fill="${color}"/>`,
    svgText(x + width + 4, y + 17, short(value), { size: 11, color: '#444' }),
  ]
}

const short = (n: number): string =>
  n < 1e3
    ? `${n}`
    : n < 1e6
      ? `${(n / 1e3).toFixed(1)} k`
      : n < 1e9
        ? `${(n / 1e6).toFixed(1)} M`
        : `${(n / 1e9).toFixed(1)} G`
