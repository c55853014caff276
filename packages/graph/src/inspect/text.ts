import { checkGraph, type Graph } from '../graph.js'
import { isNdArray } from '../nd-array.js'
import { constantValue } from '../ops/sources.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { showArray } from './numbers.js'

/**
 * The graph as text, one node a line in the order of evaluation: number, op with its inputs, element type and shape,
 * attributes, and the layer that made it.
 *
 *     x: f32[3]
 *     %0 = mul(x, x)   f32[3]
 *     %1 = sum(%0)     f32[]   axes=[0] keepDims=false
 *     y = %1
 */
export function graphText(graph: Graph): string {
  const names = new Map<Tensor, string>(checkGraph(graph).inputs.map(({ name, tensor }) => [tensor, name]))
  for (const node of graph.nodes) {
    const value = constantValue(node)
    if (value !== undefined && node.rank === 0) names.set(node, showArray(value))
  }
  const computed = graph.nodes.filter((node) => !names.has(node))
  computed.forEach((node, i) => {
    names.set(node, `%${i}`)
  })
  const rows = computed.map((node) => [
    `${names.get(node)} = ${node.op.name}(${node.inputs.map((input) => names.get(input)).join(', ')})`,
    typeText(node),
    attributesText(node),
    node.scope === '' ? '' : `# ${node.scope}`,
  ])
  const widths = [0, 1, 2].map((column) => Math.max(0, ...rows.map((row) => row[column].length)))
  return [
    ...graph.inputs.map(({ name, tensor }) => `${name}: ${typeText(tensor)}`),
    ...rows.map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    ),
    ...graph.outputs.map(({ name, tensor }) => `${name === '' ? 'output' : name} = ${names.get(tensor)}`),
  ].join('\n')
}

export const typeText = ({ dtype, shape }: Tensor): string => `${dtype}${showShape(shape)}`

/** Attributes as `name=value`; numbers of arrays are cut short, functions left out. */
export function attributesText({ attrs }: Tensor): string {
  return Object.entries(attrs)
    .filter(([, value]) => value !== undefined && typeof value !== 'function')
    .map(([name, value]) => `${name}=${isNdArray(value) ? showArray(value) : JSON.stringify(value)}`)
    .join(' ')
}
