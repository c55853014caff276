import type { Description, LayerRow } from './describe.js'
import { svgPage, svgText } from './svg.js'
import { showField, showSize } from './table.js'

const ROW = 34
const LEFT = 24
const BAR = 150
const GAP = 24
/** Between a bar and what stands right of it. */
const VALUE = 64
/** Of a letter, in the drawing's text: an estimate on the safe side. */
const LETTER = 7

const COLORS: readonly (readonly [kind: RegExp, color: string])[] = [
  [/^conv/i, '#cfe3f7'],
  [/^linear$/, '#d8efd3'],
  [/pool/i, '#f7e3cf'],
  [/norm/i, '#ece3f5'],
]
const SEPARABLE = '#34567c'

/**
 * The description as a drawing (SVG): one box a layer with its output, and bars of its parameters and multiplications. The dark
 * part of a bar is what would remain of a regular convolution as a depthwise separable one.
 */
export function describeDiagram(description: Description): string {
  const { layers } = description
  const most = {
    parameters: Math.max(1, ...layers.map((row) => row.weights + row.biases)),
    multiplications: Math.max(1, ...layers.map((row) => row.multiplications)),
  }
  const texts = layers.map((row) => [nameOf(row), sizeOf(row)] as const)
  const box = Math.max(320, ...texts.map(([name, size]) => LETTER * (name.length + size.length + 5)))
  const top = 56
  const parameters = LEFT + box + GAP
  const multiplications = parameters + BAR + VALUE
  const saves = layers.some(({ separable }) => separable !== undefined)
  const head = [
    svgText(LEFT, 24, `input ${showSize(description.input)}`, { size: 14 }),
    svgText(parameters, 44, 'parameters', { color: '#555' }),
    svgText(multiplications, 44, 'multiplications', { color: '#555' }),
    ...(saves
      ? [
          `<rect x="${multiplications}" y="14" width="10" height="10" fill="${SEPARABLE}"/>`,
          svgText(multiplications + 16, 24, 'as depthwise separable', { color: '#555' }),
        ]
      : []),
  ]
  const rows = layers.flatMap((row, i) => {
    const y = top + i * ROW
    return [
      ...drawnBox(texts[i], row, y, box),
      ...bar(parameters, y, row.weights + row.biases, most.parameters, '#7aa874'),
      ...bar(multiplications, y, row.multiplications, most.multiplications, '#6f93bf', row.separable),
    ]
  })
  const height = top + layers.length * ROW + 16
  return svgPage(multiplications + BAR + VALUE, height, 'Layers of a model', [...head, ...rows])
}

const nameOf = ({ path, kind }: LayerRow): string => (path === '' ? kind : `${path}: ${kind}`)

const sizeOf = ({ output, receptiveField }: LayerRow): string =>
  `${showSize(output)}${receptiveField === undefined ? '' : `, sees ${showField(receptiveField)}`}`

function drawnBox([name, size]: readonly [string, string], { kind }: LayerRow, y: number, width: number): string[] {
  const color = COLORS.find(([pattern]) => pattern.test(kind))?.[1] ?? '#eee'
  return [
    `<line x1="${LEFT + width / 2}" y1="${y - 8}" x2="${LEFT + width / 2}" y2="${y}" stroke="#888"/>`,
    `<rect x="${LEFT}" y="${y}" width="${width}" height="${ROW - 8}" rx="5" fill="${color}" stroke="#888"/>`,
    svgText(LEFT + 8, y + 17, name),
    svgText(LEFT + width - 8, y + 17, size, { anchor: 'end', color: '#444' }),
  ]
}

function bar(x: number, y: number, value: number, most: number, color: string, part = 0): string[] {
  if (value === 0) return []
  const width = Math.max(1, Math.round((BAR * value) / most))
  const filled = (share: number, fill: string) =>
    `<rect x="${x}" y="${y + 4}" width="${+(share * width).toFixed(1)}" height="${ROW - 16}" fill="${fill}"/>`
  return [
    filled(1, color),
    ...(part > 0 ? [filled(Math.min(1, part), SEPARABLE)] : []),
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
