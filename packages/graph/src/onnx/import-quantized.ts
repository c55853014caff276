import type { DType } from '../dtype.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { type ImportTable, range } from './import-helpers.js'
import type { ImportNode } from './import-node.js'
import { conv } from './import-windows.js'

const single = (t: Tensor) => (t.rank === 1 && t.shape[0] === 1 ? ops.reshape(t, []) : t)
const zero = (dtype: DType) => constant(ndArray([0], [], dtype))

/** Scale and zero point of a quantisation, the latter 0 where it is left out; one each, or one for each place of an axis. */
function gridOf(node: ImportNode, otherwise: DType): [Tensor, Tensor, { axis: number }] {
  node.only('block_size', 0)
  node.only('output_dtype', 0)
  const [x, scale] = [node.input(0), node.input(1)]
  const point = node.optional(2) ?? ops.expand(zero(otherwise), scale.shape)
  return [single(scale), single(point), { axis: scale.rank === 0 ? 0 : node.axis('axis', 1, x.shape) }]
}

/** Whole numbers less their zero point, in floats: exact up to 2²⁴, and beyond in the interpreter. */
function centred(x: Tensor, point: Tensor | undefined, along: (t: Tensor) => Tensor = single): Tensor {
  const wide = ops.cast(x, 'f32')
  return point === undefined ? wide : ops.sub(wide, ops.cast(along(point), 'f32'))
}

/** Zero points of a matrix's rows: [M], or one. */
const ofRows = (t: Tensor) => (t.rank === 1 && t.shape[0] > 1 ? ops.reshape(t, [-1, 1]) : single(t))
/** Of a kernel's maps: [M], or one. */
const ofMaps = (rank: number) => (t: Tensor) =>
  t.rank === 1 && t.shape[0] > 1 ? ops.reshape(t, [-1, ...range(rank - 1).map(() => 1)]) : single(t)

/** Steps of 255 over the range of x, which is made to hold 0: y, scale and zero point. */
function dynamicQuantize(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const [low, high] = [ops.minimum(ops.min(x), 0), ops.maximum(ops.max(x), 0)]
  const scale = ops.div(ops.sub(high, low), 255)
  const point = ops.cast(ops.clamp(ops.round(ops.neg(ops.div(low, scale))), { min: 0, max: 255 }), 'u8')
  return [ops.quantize(x, scale, point, { axis: 0 }), scale, point]
}

/** The convolution of the same attributes, on floats. */
const convolution = (node: ImportNode, inputs: readonly (Tensor | undefined)[]): Tensor => conv(node.with(inputs))[0]

function convInteger(node: ImportNode): Tensor[] {
  const [x, w] = [node.input(0), node.input(1)]
  const sides = [centred(x, node.optional(2)), centred(w, node.optional(3), ofMaps(w.rank))]
  return [ops.cast(convolution(node, sides), 'i32')]
}

function qLinearConv(node: ImportNode): Tensor[] {
  const [x, w, bias] = [node.input(0), node.input(3), node.optional(8)]
  const [xScale, wScale] = [single(node.input(1)), single(node.input(4))]
  const sides = [
    ops.mul(centred(x, node.input(2)), xScale),
    ops.mul(centred(w, node.input(5), ofMaps(w.rank)), ofMaps(w.rank)(wScale)),
    // (The bias is in steps of both scales.)
    bias && ops.mul(ops.cast(bias, 'f32'), ops.mul(xScale, wScale)),
  ]
  return [ops.quantize(convolution(node, sides), single(node.input(6)), single(node.input(7)), { axis: 0 })]
}

function matMulInteger(node: ImportNode): Tensor[] {
  const [a, b] = [node.input(0), node.input(1)]
  return [ops.cast(ops.matmul(centred(a, node.optional(2), ofRows), centred(b, node.optional(3))), 'i32')]
}

function qLinearMatMul(node: ImportNode): Tensor[] {
  const side = (i: number, along: (t: Tensor) => Tensor) =>
    ops.mul(centred(node.input(i), node.input(i + 2), along), along(node.input(i + 1)))
  const product = ops.matmul(side(0, ofRows), side(3, single))
  return [ops.quantize(product, single(node.input(6)), single(node.input(7)), { axis: 0 })]
}

/** What whole numbers with scales and zero points stand for is computed in floats, and rounded where the operator gives whole ones. */
export const quantized: ImportTable = {
  ConvInteger: convInteger,
  DequantizeLinear: (node) => [ops.dequantize(node.input(0), ...gridOf(node, node.input(0).dtype))],
  DynamicQuantizeLinear: dynamicQuantize,
  MatMulInteger: matMulInteger,
  QLinearConv: qLinearConv,
  QLinearMatMul: qLinearMatMul,
  QuantizeLinear: (node) => [ops.quantize(node.input(0), ...gridOf(node, 'u8'))],
}
