import { isFloat } from '../dtype.js'
import { scalarArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { kindOf, misuse } from '../refusal.js'
import { withScope } from '../scope.js'
import { sameShape, showShape } from '../shape.js'
import { ancestors, callText, isTensor, type Tensor } from '../tensor.js'
import { leavesOf, mapTree, type Tree } from '../tree.js'

/**
 * Reverse-mode differentiation (backpropagation): gradients of a scalar with respect to tensors it is made of.
 *
 * Walks the graph from the result back to its sources. Each node hands the gradient it received to its inputs by its op's
 * rule (the chain rule, one link at a time); what arrives at a node over several ways is summed. Gradients are nodes of the
 * same kind, so they can be differentiated again.
 *
 * @param y the scalar to differentiate, of shape [], or any shape with its gradient `seed` given
 * @param wrt tensors on the way to y, as one tensor, a list, or any tree of parameters; one that y does not depend on has
 *   gradient zero
 * @returns a tree like `wrt`: for each tensor its gradient, of the same shape and element type
 */
export function gradients<const T extends Tree<Tensor>>(y: Tensor, wrt: T, seed?: Tensor): T {
  const sources = leavesOf<Tensor>(wrt, isTensor, 'What gradients are wanted for').map(([, x]) => x)
  check(y, sources, seed)
  const onTheWay = nodesBetween(y, sources)
  const received = new Map<Tensor, Tensor>([[y, seed ?? constant(scalarArray(1, y.dtype))]])
  // Backwards, so every user of a node comes before the node itself.
  for (const node of [...onTheWay].reverse()) {
    const g = received.get(node)
    if (g === undefined || node.op.gradient === undefined) continue
    const wanted = node.inputs.map((input) => onTheWay.has(input))
    if (!wanted.includes(true)) continue
    const { gradient } = node.op
    const parts = withScope('grad', () =>
      gradient({ g, inputs: node.inputs, output: node, attrs: node.attrs, wanted, ops }),
    )
    node.inputs.forEach((input, i) => {
      const part = parts[i]
      if (part === undefined || !wanted[i]) return
      const before = received.get(input)
      received.set(input, before === undefined ? part : ops.add(before, part))
    })
  }
  const gradientOf = (x: Tensor) => received.get(x) ?? ops.expand(constant(scalarArray(0, x.dtype)), x.shape)
  return mapTree<Tensor, Tensor>(wrt, isTensor, gradientOf) as T
}

function check(y: Tensor, sources: readonly Tensor[], seed: Tensor | undefined): void {
  if (!isTensor(y)) misuse(`Gradients are those of a tensor, not of ${kindOf(y)}`)
  const other = [y, ...sources].find(({ dtype }) => !isFloat(dtype))
  const role = other === y ? 'the result' : 'one of the tensors they are wanted for'
  if (other) misuse(`Only floats have gradients; ${role} is ${other.dtype}${showShape(other.shape)}`)
  if (seed === undefined && y.rank !== 0)
    misuse(
      `Gradients are taken of a scalar; the result has shape ${showShape(y.shape)}`,
      'reduce it with sum or mean, or give its gradient',
    )
  if (seed !== undefined && (seed.dtype !== y.dtype || !sameShape(seed.shape, y.shape)))
    misuse(callText('gradients', [y, seed]), 'the gradient that is given must have the type and shape of the result')
}

/** Float nodes that y depends on and that depend on one of `wrt`: where gradients flow. Each after its inputs. */
function nodesBetween(y: Tensor, wrt: readonly Tensor[]): Set<Tensor> {
  const sources = new Set(wrt)
  const between = new Set<Tensor>()
  for (const node of ancestors([y]))
    if (isFloat(node.dtype) && (sources.has(node) || node.inputs.some((input) => between.has(input)))) between.add(node)
  return between
}
