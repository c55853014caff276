import type { LayerLike, Variables } from '../layers/layer.js'
import { neuronsView } from './neurons-view.js'
import { type DenseLayer, type SmallNet, smallNet } from './small-net.js'

/** One small net, seen in four ways. */
export interface Views {
  /** Each layer as a product of a matrix with a vector. */
  readonly matrices: string
  /** Each operation of the computational graph, with its value. */
  readonly graph: string
  /** Each unit as a formula. */
  readonly algebra: string
  /** Units as circles with their inputs and activations (SVG). */
  readonly neurons: string
}

/**
 * The same network as matrices, graph, algebra and neurons, with its numbers at one example. For linear layers of up to
 * 12 units with activations; another model is a `usage` error.
 */
export function views(model: LayerLike, variables: Variables, input: readonly number[]): Views {
  const net = smallNet(model, variables, input)
  return { matrices: matrices(net), graph: graph(net), algebra: algebra(net), neurons: neuronsView(net) }
}

/** Up to three decimals. */
export const show = (x: number): string => `${Number(x.toFixed(3)) + 0}`

function matrices({ input, layers }: SmallNet): string {
  let x = input
  return layers
    .map((layer, i) => {
      const block = product(layer, x, i)
      x = layer.outputs
      return block
    })
    .join('\n\n')
}

/** `[ W ] [ x ] + [ b ] = [ z ]`, and the activation's result behind it. */
function product({ weights, biases, activation, sums, outputs }: DenseLayer, x: readonly number[], i: number): string {
  const rows = Math.max(weights.length, x.length)
  const columns: { readonly cells: string[]; readonly sign: string }[] = [
    { cells: padded(weights).map((row) => row.join(' ')), sign: '' },
    { cells: padded(x.map((v) => [v])).map((row) => row.join(' ')), sign: '' },
    ...(biases ? [{ cells: padded(biases.map((v) => [v])).map(([v]) => v), sign: '+' }] : []),
    { cells: padded(sums.map((v) => [v])).map(([v]) => v), sign: '=' },
    ...(activation ? [{ cells: padded(outputs.map((v) => [v])).map(([v]) => v), sign: `→ ${activation}` }] : []),
  ]
  const middle = Math.floor((rows - 1) / 2)
  const lines = Array.from({ length: rows }, (_, r) =>
    columns
      .map(({ cells, sign }) => {
        const lead = r === middle ? sign : ' '.repeat(sign.length)
        const inside = cells[r - Math.floor((rows - cells.length) / 2)]
        const cell = inside === undefined ? ' '.repeat(cells[0].length + 2) : `[${inside}]`
        return sign === '' ? cell : `${lead} ${cell}`
      })
      .join(' ')
      .trimEnd(),
  )
  return [`layer ${i + 1}: W ${weights.length} × ${x.length}`, ...lines].join('\n')
}

function padded(rows: readonly (readonly number[])[]): string[][] {
  const cells = rows.map((row) => row.map(show))
  const width = Math.max(...cells.flat().map((c) => c.length))
  return cells.map((row) => row.map((c) => c.padStart(width)))
}

function graph({ operations }: SmallNet): string {
  const names = new Map(operations.map(({ node, name }) => [node, name]))
  return operations
    .map(({ node, value, name }) => {
      const from =
        node.op.name === 'input' ? 'input' : `${node.op.name}(${node.inputs.map((t) => names.get(t)).join(', ')})`
      return `${name} = ${from} [${node.shape.join(', ')}] : ${Array.from(value.data).map(show).join(' ')}`
    })
    .join('\n')
}

function algebra({ input, layers }: SmallNet): string {
  const lines = input.map((v, k) => `x${sub(k)} = ${show(v)}`)
  let before = 'x'
  layers.forEach(({ weights, biases, activation, outputs }, i) => {
    const name = i === layers.length - 1 ? 'y' : `h${'′'.repeat(i)}`
    weights.forEach((row, j) => {
      const terms = row.map((w, k) => `${show(w)}·${before}${sub(k)}`)
      const sum = [...terms, ...(biases ? [show(biases[j])] : [])].join(' + ').replace(/\+ -/g, '− ')
      lines.push(`${name}${sub(j)} = ${activation ? `${activation}(${sum})` : sum} = ${show(outputs[j])}`)
    })
    before = name
  })
  return lines.join('\n').replace(/-(?=\d)/g, '−')
}

const sub = (i: number): string => [...`${i + 1}`].map((d) => '₀₁₂₃₄₅₆₇₈₉'[Number(d)]).join('')
