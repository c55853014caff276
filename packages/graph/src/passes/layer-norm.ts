import type { Graph } from '../graph.js'
import type { Attributes, Op } from '../op.js'
import * as ops from '../ops/index.js'
import { forEachReduction } from '../ops/reduce.js'
import { asTensor } from '../ops/sources.js'
import { reducedShape, type Shape, sameShape, sizeOf } from '../shape.js'
import { apply, type Tensor } from '../tensor.js'
import { scalarOf } from './factors.js'
import { rewrite, withInputs } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * Normalisation over the last axes, (x − mean) / √(variance + ε) · weight + bias, as one operator. Where its gradient takes
 * (x − mean) / √(variance + ε) for itself, weight and bias stay apart, and the inverse deviation is the operator's own. In f32; the
 * values stay, to rounding.
 */
export function layerNorm(graph: Graph): Graph {
  const users = userCounts(graph)
  const now = new Map<Tensor, Tensor>()
  const current = (t: Tensor) => now.get(t) as Tensor
  /** Inverse deviations that a normalisation was found around, before they are needed anywhere. */
  const deviations = new Map<Tensor, Norm>()
  for (const node of graph.nodes) {
    const norm = normOf(node)
    if (norm?.inverse !== undefined) deviations.set(norm.inverse, norm)
  }
  const better = (node: Tensor): Tensor | undefined => {
    const deviation = deviations.get(node)
    if (deviation !== undefined) return apply(deviationOp, given(current(deviation.x), deviation), attrsOf(deviation))
    const norm = normOf(node)
    if (norm !== undefined) return apply(normOp, given(current(norm.x), norm), attrsOf(norm))
    const affine = affineOf(node, (t) => users.get(t) === 1)
    if (affine === undefined) return undefined
    const shape = affine.x.shape.slice(affine.axis)
    const [weight, bias] = [affine.weight, affine.bias].map((t) => ops.reshape(current(t), shape))
    return apply(normOp, [current(affine.x), weight, bias], attrsOf(affine))
  }
  return rewrite(graph, (node, inputs) => {
    const result = better(node) ?? withInputs(node, inputs)
    now.set(node, result)
    return result
  })
}

interface Norm {
  readonly x: Tensor
  readonly axis: number
  readonly epsilon: number
  /** 1 / √(variance + ε), where it is a node. */
  readonly inverse?: Tensor
}
const attrsOf = ({ axis, epsilon }: Norm) => ({ axis, epsilon })
const given = (x: Tensor, { axis }: Norm) => [x, ops.expand(asTensor(1), x.shape.slice(axis))]

/** (x − mean) · 1 / √(variance + ε), or the same as a quotient, of the shape of x. */
function normOf(node: Tensor): Norm | undefined {
  const norm = node.dtype === 'f32' ? quotient(node) : undefined
  return norm && sameShape(norm.x.shape, node.shape) ? norm : undefined
}

function quotient(node: Tensor): Norm | undefined {
  const [a, b] = node.inputs
  if (node.op.name === 'div') return centred(a, b)
  if (node.op.name !== 'mul') return undefined
  for (const [d, inverse] of [
    [a, b],
    [b, a],
  ]) {
    const unit = inverse.op.name === 'div' && scalarOf(inverse.inputs[0]) === 1
    const norm = unit ? centred(d, inverse.inputs[1]) : undefined
    if (norm !== undefined) return { ...norm, inverse }
  }
  return undefined
}

/** Whether d is x − mean and the other the root of its mean square plus ε, over the last axes. */
function centred(d: Tensor, root: Tensor): Norm | undefined {
  if (d.op.name !== 'sub' || root.op.name !== 'sqrt' || root.inputs[0].op.name !== 'add') return undefined
  const [x, mean] = d.inputs
  const [left, right] = root.inputs[0].inputs
  const [variance, epsilon] = scalarOf(right) === undefined ? [right, scalarOf(left)] : [left, scalarOf(right)]
  const axis = lastAxes(mean)
  if (epsilon === undefined || axis === undefined || mean.inputs[0] !== x || lastAxes(variance) !== axis)
    return undefined
  const [square] = variance.inputs
  const squared = square.op.name === 'mul' && square.inputs.every((t) => t === d)
  return squared ? { x, axis, epsilon } : undefined
}

/** The first of the axes of a mean that keeps them, if they are the last ones. */
function lastAxes({ op, attrs, inputs: [x] }: Tensor): number | undefined {
  if (op.name !== 'mean' || attrs.keepDims !== true) return undefined
  const axes = attrs.axes as readonly number[]
  return axes.length > 0 && axes.every((axis, i) => axis === x.rank - axes.length + i) ? axes[0] : undefined
}

/** A normalisation times a weight plus a bias, all for this alone. */
function affineOf(node: Tensor, alone: (t: Tensor) => boolean) {
  if (node.op.name !== 'add') return undefined
  const fits = (t: Tensor, { x, axis }: Norm) => {
    const shape = x.shape.slice(axis)
    return sizeOf(t.shape) === sizeOf(shape) && sameShape(withoutOnes(t.shape), withoutOnes(shape)) && t.rank <= x.rank
  }
  for (const [scaled, bias] of eitherWay(node)) {
    if (scaled.op.name !== 'mul' || !alone(scaled)) continue
    for (const [u, weight] of eitherWay(scaled)) {
      const norm = alone(u) ? normOf(u) : undefined
      if (norm && fits(weight, norm) && fits(bias, norm)) return { ...norm, weight, bias }
    }
  }
  return undefined
}
const eitherWay = ({ inputs: [a, b] }: Tensor) => [
  [a, b],
  [b, a],
]
/** Leading axes of size 1 broadcast away. */
const withoutOnes = (shape: Shape): Shape => shape.slice(shape.findIndex((n) => n !== 1))

interface NormAttributes extends Attributes {
  readonly axis: number
  readonly epsilon: number
}

/** Calls `visit` with each row's place, offsets, mean and inverse deviation. */
function eachRow(
  x: { readonly shape: Shape; readonly data: ArrayLike<number> },
  { axis, epsilon }: NormAttributes,
  visit: (row: number, offsets: Int32Array, mean: number, inverse: number) => void,
): void {
  const axes = x.shape.flatMap((_, i) => (i >= axis ? [i] : []))
  forEachReduction(x.shape, axes, (row, offsets) => {
    let [sum, squares] = [0, 0]
    for (const o of offsets) sum += x.data[o]
    const mean = sum / offsets.length
    for (const o of offsets) squares += (x.data[o] - mean) ** 2
    visit(row, offsets, mean, 1 / Math.sqrt(squares / offsets.length + epsilon))
  })
}

const normOp: Op<NormAttributes> = {
  name: 'layerNorm',
  infer: ([x]) => x,
  evaluate([x, weight, bias], attrs, out) {
    eachRow(x, attrs, (_, offsets, mean, inverse) => {
      offsets.forEach((o, i) => {
        out.data[o] = (x.data[o] - mean) * inverse * weight.data[i] + (bias?.data[i] ?? 0)
      })
    })
  },
  onnx: (context, inputs, _, attrs) => context.nodes('LayerNormalization', inputs, attrs, 3)[0] as string,
}

const deviationOp: Op<NormAttributes> = {
  name: 'inverseDeviation',
  infer: ([x], { axis }) => ({
    dtype: x.dtype,
    shape: reducedShape(
      x.shape,
      x.shape.flatMap((_, i) => (i >= axis ? [i] : [])),
      true,
    ),
  }),
  evaluate([x], attrs, out) {
    eachRow(x, attrs, (row, _, __, inverse) => {
      out.data[row] = inverse
    })
  },
  onnx: (context, inputs, _, attrs) => context.nodes('LayerNormalization', inputs, attrs, 3)[2] as string,
}
