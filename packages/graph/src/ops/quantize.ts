import { isFloat } from '../dtype.js'
import type { Op, TensorType } from '../op.js'
import { sameShape, showShape } from '../shape.js'
import { apply, refuse, type Tensor } from '../tensor.js'
import { constantValue } from './sources.js'
import { nearest } from './unary.js'

/** ⌊x / scale⌉ + zeroPoint held between two bounds; f32 is rounded after the division, as runtimes do. */
export const placeOf = (
  x: number,
  scale: number,
  zero: number,
  low: number,
  high: number,
  round: (v: number) => number,
) => Math.min(Math.max(nearest(round(x / scale)) + zero, low), high)
const same = (x: number): number => x
export const roundingOf = ({ data }: { readonly data: unknown }) => (data instanceof Float32Array ? Math.fround : same)

type Axis = { readonly axis: number }

/** Scale and zero point: one of each, or one for each place along the axis. */
function checkGrid(x: TensorType, scale: TensorType, zero: TensorType | undefined, axis: number): void {
  if (!isFloat(scale.dtype)) refuse(`the scale must be a float, not ${scale.dtype}.`)
  if (zero && !sameShape(zero.shape, scale.shape))
    refuse(`${showShape(scale.shape)} scales do not go with ${showShape(zero.shape)} zero points.`)
  if (scale.shape.length > 0 && `${scale.shape}` !== `${x.shape[axis]}`)
    refuse(
      `scales ${showShape(scale.shape)} for axis ${axis} of ${showShape(x.shape)}: one is wanted, or one for each place.`,
    )
}

/** Which scale belongs to element i. */
function alongAxis(shape: readonly number[], count: number, axis: number): (i: number) => number {
  if (count === 1) return () => 0
  const step = shape.slice(axis + 1).reduce((a, b) => a * b, 1)
  return (i) => Math.floor(i / step) % count
}

const LIMITS: Readonly<Record<string, readonly [number, number]>> = { u8: [0, 255], i8: [-128, 127] }

const quantizeOp: Op<Axis> = {
  name: 'quantize',
  infer([x, scale, zero], { axis }) {
    if (!isFloat(x.dtype)) refuse(`only floats are quantised, not ${x.dtype}.`)
    if (!(zero.dtype in LIMITS))
      refuse(`the zero point must be u8 or i8, not ${zero.dtype}: the result is of its type.`)
    checkGrid(x, scale, zero, axis)
    return { dtype: zero.dtype, shape: x.shape }
  },
  evaluate([x, scale, zero], { axis }, out) {
    const [low, high] = LIMITS[out.dtype] as [number, number]
    const of = alongAxis(x.shape, scale.data.length, axis)
    const round = roundingOf(x)
    for (let i = 0; i < out.data.length; i++) {
      const k = of(i)
      out.data[i] = placeOf(x.data[i], scale.data[k], zero.data[k], low, high, round)
    }
  },
  onnx: (context, inputs, _, { axis }) => context.node('QuantizeLinear', inputs, { axis }),
}

const dequantizeOp: Op<Axis> = {
  name: 'dequantize',
  infer([q, scale, zero], { axis }) {
    if (isFloat(q.dtype) || q.dtype === 'bool') refuse(`whole numbers are wanted, not ${q.dtype}.`)
    if (zero.dtype !== q.dtype) refuse(`the zero point is ${zero.dtype}, the numbers are ${q.dtype}.`)
    checkGrid(q, scale, zero, axis)
    return { dtype: scale.dtype, shape: q.shape }
  },
  evaluate([q, scale, zero], { axis }, out) {
    const of = alongAxis(q.shape, scale.data.length, axis)
    for (let i = 0; i < out.data.length; i++) out.data[i] = (q.data[i] - zero.data[of(i)]) * scale.data[of(i)]
  },
  // (Where it is 0 it is left out: of i32, runtimes take none.)
  onnx: (context, inputs, { inputs: [q, , zero] }, { axis }) => {
    const none = q.dtype === 'i32' && constantValue(zero)?.data.every((z) => z === 0)
    return context.node('DequantizeLinear', none ? inputs.slice(0, 2) : inputs, { axis })
  },
}

/**
 * x as whole numbers ⌊x / scale⌉ + zeroPoint, halves to the even one, held within the zero point's type (u8 or i8), which is
 * the result's. One scale and zero point [], or one for each place along `axis` (default 1). ONNX's QuantizeLinear.
 */
export const quantize = (x: Tensor, scale: Tensor, zeroPoint: Tensor, { axis = 1 }: Partial<Axis> = {}): Tensor =>
  apply(quantizeOp, [x, scale, zeroPoint], { axis })

/**
 * What whole numbers (u8, i8, i32) stand for: (q − zeroPoint) · scale, with the scale and zero point of `quantize`. ONNX's
 * DequantizeLinear.
 */
export const dequantize = (q: Tensor, scale: Tensor, zeroPoint: Tensor, { axis = 1 }: Partial<Axis> = {}): Tensor =>
  apply(dequantizeOp, [q, scale, zeroPoint], { axis })
