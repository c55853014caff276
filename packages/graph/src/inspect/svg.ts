import { EpipoleError } from '@epipole/core'
import { checkGraph, type Graph } from '../graph.js'
import type { NdArray } from '../nd-array.js'
import { constantValue } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { Explanation } from './explain.js'
import { type Box, type Edge, layered, type Point } from './layout.js'
import { showArray } from './numbers.js'
import { attributesText, typeText } from './text.js'

/** Arithmetic gates by the signs of a textbook. */
const signs: Readonly<Record<string, string>> = {
  add: '+',
  sub: '−',
  mul: '×',
  div: '÷',
  maximum: 'max',
  minimum: 'min',
}
/** Beyond, laying out takes tens of seconds, and nobody reads the picture. */
const MOST = 300
const CHAR = 7.3
const LINE = 15

interface Drawn extends Box {
  readonly lines: readonly string[]
  readonly kind: 'input' | 'constant' | 'output' | 'op' | 'layer'
  readonly title: string
}

export interface SvgOptions {
  /** Draw each layer as one box: all nodes whose scopes agree in their first parts, as many as this says (`stage1.conv` has two). */
  readonly fold?: number
}

/**
 * Draws a graph as SVG, from left to right: inputs, operations with the shapes of their results, outputs. With an explanation, each edge
 * carries the value that goes forward (green, above) and the gradient that comes back (red, below), where they are few numbers. A `usage`
 * error above 300 boxes.
 */
export function graphSvg(graph: Graph, explanation?: Explanation, { fold = 0 }: SvgOptions = {}): string {
  const names = new Map(checkGraph(graph).inputs.map(({ name, tensor }) => [tensor, name]))
  const { groups, place } = grouped(graph.nodes, names, fold)
  if (groups.length > MOST) {
    throw new EpipoleError(
      'usage',
      `A graph of ${groups.length} nodes is too large to be drawn (at most ${MOST}): fold its layers ({ fold: 1 }), draw a part of it, or take graphText.`,
      { nodes: groups.length },
    )
  }
  const boxes: Drawn[] = groups.map((group) => box(group, names.get(group[0]), fold))
  const edges: (Edge & { text: readonly string[] })[] = []
  const drawn = new Set<string>()
  const connect = (node: Tensor, to: number, gradient?: NdArray) => {
    const from = place.get(node) as number
    const folded = groups[from].length > 1 || (groups[to]?.length ?? 1) > 1
    // Between layers one line is enough, and none goes from a layer to itself.
    if (folded && (from === to || drawn.has(`${from} ${to}`))) return
    drawn.add(`${from} ${to}`)
    const text = [short(explanation?.values.get(node)), short(gradient)]
    const width = CHAR * Math.max(...text.map((t) => t.length)) + 8
    const label = text[0] === '' ? { width: 0, height: 0 } : { width, height: 2 * LINE }
    edges.push({ from, to, label, text })
  }
  for (const node of graph.nodes)
    node.inputs.forEach((input, i) => {
      connect(input, place.get(node) as number, explanation?.flows.get(node)?.[i])
    })
  for (const { name, tensor } of graph.outputs) {
    boxes.push(sized({ lines: [name === '' ? 'output' : name], kind: 'output', title: typeText(tensor) }))
    connect(tensor, boxes.length - 1, explanation?.gradients.get(tensor))
  }
  const placed = layered(boxes, edges)
  const body = [
    ...placed.edges.map(({ points, label }, i) => drawEdge(points, label, edges[i].text)),
    ...placed.boxes.map((at, i) => drawBox(boxes[i], at)),
  ]
  const [width, height] = [Math.ceil(placed.size.width), Math.ceil(placed.size.height)]
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="graph">
<title id="graph">${escaped(`Computational graph of ${list(graph.outputs)} from ${list(graph.inputs)}`)}</title>
<style>${style}</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#667"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
${body.join('\n')}
</svg>
`
}

const style = `
text { font: 12px ui-monospace, Menlo, Consolas, monospace; text-anchor: middle; fill: #223 }
.box { stroke: #667; fill: #eef1f8 } .input { fill: #e4f3e6 } .constant { fill: #f3f3f3 } .output { fill: #fbeedb }
.edge { fill: none; stroke: #667; marker-end: url(#tip) }
.value, .gradient { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round }
.value { fill: #0a7a2f } .gradient { fill: #c0222b }`

/** Nodes that are drawn as one box, and the box of each: alone, or with all of its layer. */
function grouped(nodes: readonly Tensor[], names: ReadonlyMap<Tensor, string>, fold: number) {
  const groups: Tensor[][] = []
  const place = new Map<Tensor, number>()
  const layers = new Map<string, number>()
  for (const node of nodes) {
    const layer = names.has(node) ? '' : node.scope.split('.').slice(0, fold).join('.')
    const known = layer === '' ? undefined : layers.get(layer)
    const at = known ?? groups.push([]) - 1
    groups[at].push(node)
    place.set(node, at)
    if (layer !== '') layers.set(layer, at)
  }
  return { groups, place }
}

function box(group: readonly Tensor[], name: string | undefined, fold: number): Drawn {
  const [node] = group
  if (group.length > 1) return layerBox(group, fold)
  const title = [`${node.op.name} ${typeText(node)}`, attributesText(node), node.scope]
    .filter((s) => s !== '')
    .join('\n')
  const shape = node.rank === 0 ? [] : [`${node.shape.join('×')}`]
  if (name !== undefined) return sized({ lines: [name === '' ? 'input' : name, ...shape], kind: 'input', title })
  const value = constantValue(node)
  if (value !== undefined)
    return sized({
      lines: sizeOf(node.shape) > 4 ? ['constant', ...shape] : [showArray(value)],
      kind: 'constant',
      title,
    })
  return sized({ lines: [signs[node.op.name] ?? node.op.name, ...shape], kind: 'op', title })
}

/** A layer: its name, the shape of its last result, and how many operations it is. */
function layerBox(group: readonly Tensor[], fold: number): Drawn {
  const last = group[group.length - 1]
  const computed = group.filter((node) => constantValue(node) === undefined)
  const name = last.scope.split('.').slice(0, fold).join('.')
  const counts = new Map<string, number>()
  for (const { op } of computed) counts.set(op.name, (counts.get(op.name) ?? 0) + 1)
  const title = [...counts].map(([op, n]) => `${n} ${op}`).join('\n')
  const shape = last.rank === 0 ? [] : [last.shape.join('×')]
  return sized({ lines: [name, ...shape, `${computed.length} ops`], kind: 'layer', title })
}

const sized = (drawn: Omit<Drawn, keyof Box>): Drawn => ({
  ...drawn,
  width: Math.max(30, CHAR * Math.max(...drawn.lines.map((line) => line.length)) + 14),
  height: Math.max(30, LINE * drawn.lines.length + 10),
})

/** Numbers short enough for an edge. */
const short = (value: NdArray | undefined): string =>
  value === undefined || value.data.length > 4 ? '' : showArray(value)

const list = (named: Graph['inputs']) => named.map(({ name }) => name).join(', ')
const escaped = (text: string) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
const n = (v: number) => `${Math.round(v * 10) / 10}`

function drawBox({ lines, kind, title, width, height }: Drawn, { x, y }: Point): string {
  const rounding = kind === 'op' ? Math.min(width, height) / 2 : 4
  const text = lines.map(
    (line, i) => `<text x="${n(x)}" y="${n(y + 4 + LINE * (i - (lines.length - 1) / 2))}">${escaped(line)}</text>`,
  )
  return `<g><title>${escaped(title)}</title><rect class="box ${kind}" x="${n(x - width / 2)}" y="${n(y - height / 2)}" width="${n(width)}" height="${n(height)}" rx="${n(rounding)}"/>${text.join('')}</g>`
}

/** A smooth line through the middles between its corners, with its numbers. */
function drawEdge(points: readonly Point[], label: Point, [value, gradient]: readonly string[]): string {
  const [first, ...rest] = points
  const last = rest[rest.length - 1]
  const curve = rest
    .slice(0, -1)
    .map((p, i) => `Q${n(p.x)} ${n(p.y)} ${n((p.x + rest[i + 1].x) / 2)} ${n((p.y + rest[i + 1].y) / 2)}`)
  const path = `<path class="edge" d="M${n(first.x)} ${n(first.y)}${curve.join('')}L${n(last.x)} ${n(last.y)}"/>`
  const number = (text: string, kind: string, dy: number) =>
    text === '' ? '' : `<text class="${kind}" x="${n(label.x)}" y="${n(label.y + dy)}">${escaped(text)}</text>`
  return path + number(value, 'value', -4) + number(gradient, 'gradient', 13)
}
