import { REALS } from '../dtype.js'
import { scalarArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { broadcastShapes, broadcastStrides, sameShape, showShape, stridesOf } from '../shape.js'
import { apply, refuse, type Tensor } from '../tensor.js'
import { placeOf, roundingOf } from './quantize.js'
import { asTensor, type TensorLike } from './sources.js'

/** Evenly spaced numbers scale · (q − zeroPoint), q whole from `lowest` to `highest`. */
export interface QuantizationGrid {
  /** Distance of neighbours: a number, or a tensor that broadcasts against what is quantised. */
  readonly scale: TensorLike
  /** The whole number that stands for 0. */
  readonly zeroPoint: TensorLike
  readonly lowest: number
  readonly highest: number
}

type Bounds = { readonly lowest: number; readonly highest: number }

const fakeQuantizeOp: Op<Bounds> = {
  name: 'fakeQuantize',
  infer([x, scale, zero]) {
    for (const t of [scale, zero]) {
      if (!REALS.includes(x.dtype) || t.dtype !== x.dtype) refuse('all must be f32, or all f64: cast first.')
      const joint = broadcastShapes(x.shape, t.shape)
      if (joint === undefined || !sameShape(joint, x.shape))
        refuse(`scale and zero point ${showShape(t.shape)} must broadcast to ${showShape(x.shape)}.`)
    }
    return x
  },
  evaluate([x, scale, zero], { lowest, highest }, out) {
    const round = roundingOf(out)
    const at = [scale, zero].map((t) => indexInto(t.shape, out.shape))
    for (let i = 0; i < out.data.length; i++) {
      const s = scale.data[at[0](i)]
      const z = zero.data[at[1](i)]
      out.data[i] = (placeOf(x.data[i], s, z, lowest, highest, round) - z) * s
    }
  },
  gradient({ g, inputs: [x, scale, zero], attrs: { lowest, highest }, ops }) {
    const places = ops.add(ops.round(ops.div(x, scale)), zero)
    return [ops.where(ops.and(ops.greaterEqual(places, lowest), ops.lessEqual(places, highest)), g, 0)]
  },
  // In floats, so that the grid may be computed on the way: integers are a file's matter (passes/integer-arithmetic.ts).
  onnx(context, [x, scale, zero], node, { lowest, highest }) {
    const places = context.node('Add', [context.node('Round', [context.node('Div', [x, scale])]), zero])
    const bounds = [lowest, highest].map((v) => context.constant(scalarArray(v, node.dtype)))
    const held = context.node('Clip', [places, ...bounds])
    return context.node('Mul', [context.node('Sub', [held, zero]), scale])
  },
  flops: (_, __, out) => 6 * out.shape.reduce((a, b) => a * b, 1),
}

/**
 * x at the nearest place of the grid, halves to the even one, outside of it the last place: what quantised arithmetic makes of
 * x, in floats. In reverse the gradient passes where x is inside the grid and stops outside (the straight-through estimator:
 * Bengio et al. 2013; Jacob et al. 2018, §3); to the grid none flows. PyTorch's `fake_quantize_per_tensor_affine` and, with a
 * scale for each channel, `fake_quantize_per_channel_affine`. In an ONNX file, where the grid is constant, it is the integers
 * themselves.
 */
export function fakeQuantize(x: Tensor, { scale, zeroPoint, lowest, highest }: QuantizationGrid): Tensor {
  if (typeof scale === 'number' && !(scale > 0)) misuse(`The scale of a grid is ${scale}`, 'it must be above 0')
  if (!(lowest < highest)) misuse(`A grid from ${lowest} to ${highest} has no places`, 'the lowest goes first')
  return apply(fakeQuantizeOp, [x, asTensor(scale, x.dtype), asTensor(zeroPoint, x.dtype)], { lowest, highest })
}

/** Where an element of a tensor of `from`'s shape lies that is broadcast to `to`, by the place of the result. */
function indexInto(from: readonly number[], to: readonly number[]): (i: number) => number {
  if (from.every((n) => n === 1)) return () => 0
  const own = broadcastStrides(from, to)
  const all = stridesOf(to)
  return (i) => all.reduce((at, step, axis) => at + (Math.floor(i / step) % to[axis]) * own[axis], 0)
}
