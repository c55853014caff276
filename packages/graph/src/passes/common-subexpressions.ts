import { constantValue } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { type Rule, withInputs } from './rewrite.js'

const COMMUTES = new Set(['add', 'mul', 'maximum', 'minimum', 'equal', 'and', 'or'])

/** Equal nodes become one: the same op with equal attributes on the same inputs (in either order where the op allows). */
export function commonSubexpressions(): Rule {
  const known = new Map<string, Tensor>()
  return (node, inputs) => {
    const key = keyOf(node, inputs)
    if (key === undefined) return undefined
    const first = known.get(key)
    if (first !== undefined) return first
    const kept = withInputs(node, inputs)
    known.set(key, kept)
    return kept
  }
}

function keyOf(node: Tensor, inputs: readonly Tensor[]): string | undefined {
  if (node.op.name === 'input') return undefined
  const value = constantValue(node)
  // Large constants are weights, each its own.
  if (value) return value.data.length > 64 ? undefined : `${value.dtype}[${value.shape}]${[...value.data].map(exact)}`
  if (Object.values(node.attrs).some((a) => typeof a === 'function')) return undefined
  const ids = inputs.map(({ id }) => id)
  if (COMMUTES.has(node.op.name)) ids.sort((a, b) => a - b)
  return `${node.op.name}(${ids})${JSON.stringify(node.attrs, (_, v) => (typeof v === 'number' ? exact(v) : v))}`
}

/** JSON and templates know neither −0 nor infinities. */
const exact = (x: number): string => (Object.is(x, -0) ? '-0' : `${x}`)
