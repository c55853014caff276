import type { DType } from '../dtype.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { broadcastShapes, sizeOf } from '../shape.js'
import { constant, type Tensor } from '../tensor.js'
import type { ImportNode } from './import-node.js'
import { averagePool, batchNormalization, conv, convTranspose, globalPool, maxPool, resize } from './import-windows.js'
import { dtypeOf } from './read-tensor.js'

type Import = (node: ImportNode) => Tensor[]

const ints = (values: readonly number[]) => constant(ndArray(Float64Array.from(values), [values.length], 'i64'))
const unary =
  (f: (x: Tensor, node: ImportNode) => Tensor): Import =>
  (node) => [f(node.input(0), node)]
const binary =
  (f: (a: Tensor, b: Tensor) => Tensor): Import =>
  (node) => [f(node.input(0), node.input(1))]
/** Any number of inputs, joined one by one. */
const variadic =
  (f: (a: Tensor, b: Tensor) => Tensor): Import =>
  (node) => [node.inputs.reduce(f)]

const reduce =
  (f: (x: Tensor, options: ops.ReduceOptions) => Tensor): Import =>
  (node) => {
    const x = node.input(0)
    const axes = node.listed(1, 'axes')
    if (!axes?.length && node.int('noop_with_empty_axes', 0) === 1) return [x]
    return [f(x, { axes: axes?.length ? axes : undefined, keepDims: node.int('keepdims', 1) === 1 })]
  }
const arg =
  (f: typeof ops.argmax): Import =>
  (node) => {
    node.only('select_last_index', 0)
    const x = node.input(0)
    return [f(x, node.axis('axis', 0, x.shape), node.int('keepdims', 1) === 1)]
  }
/** Before operator set 13, all axes from `axis` (by default 1) on are taken as one. */
const softmaxLike =
  (f: (x: Tensor, axis: number) => Tensor): Import =>
  (node) => {
    const x = node.input(0)
    if (node.opset >= 13) return [f(x, node.axis('axis', -1, x.shape))]
    const axis = node.axis('axis', 1, x.shape)
    const rows = sizeOf(x.shape.slice(0, axis))
    return [ops.reshape(f(ops.reshape(x, [rows, sizeOf(x.shape.slice(axis))]), 1), x.shape)]
  }

const square = (x: Tensor) => ops.mul(x, x)
const elu = (x: Tensor, alpha: number, gain = 1) =>
  ops.mul(ops.where(ops.greater(x, 0), x, ops.mul(ops.sub(ops.exp(ops.minimum(x, 0)), 1), alpha)), gain)
const gelu = (x: Tensor) => ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1))

function matmul(node: ImportNode): Tensor[] {
  const [a, b] = node.inputs
  const y = ops.matmul(a.rank === 1 ? ops.reshape(a, [1, -1]) : a, b.rank === 1 ? ops.reshape(b, [-1, 1]) : b)
  const shape = y.shape.filter((_, i) => !(a.rank === 1 && i === y.rank - 2) && !(b.rank === 1 && i === y.rank - 1))
  return [ops.reshape(y, shape)]
}

function gemm(node: ImportNode): Tensor[] {
  const side = (i: number, turn: string) => (node.int(turn, 0) ? ops.transpose(node.input(i)) : node.input(i))
  const product = ops.mul(ops.matmul(side(0, 'transA'), side(1, 'transB')), node.float('alpha', 1))
  const c = node.optional(2)
  return [c === undefined ? product : ops.add(product, ops.mul(c, node.float('beta', 1)))]
}

function reshape(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const wanted = node.listed(1, 'shape') ?? node.refuse('its shape is missing.')
  return [ops.reshape(x, node.int('allowzero', 0) ? wanted : wanted.map((n, i) => (n === 0 ? x.shape[i] : n)))]
}

function slice(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const starts = node.listed(1, 'starts') ?? node.refuse('its starts are missing.')
  const ends = node.listed(2, 'ends') ?? node.refuse('its ends are missing.')
  const axes = node.listed(3, 'axes') ?? starts.map((_, i) => i)
  const steps = Array.from(node.known(4)?.data ?? starts.map(() => 1))
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) node.refuse('its lists differ in length.')
  if (steps.includes(0)) node.refuse('a step of 0 never ends.')
  return [
    axes.reduce((t, given, i) => {
      const axis = given < 0 ? given + x.rank : given
      const n = x.shape[axis]
      const within = (p: number) => Math.min(Math.max(p < 0 ? p + n : p, 0), n)
      if (steps[i] > 0)
        return ops.slice(t, axis, Math.min(within(starts[i]), within(ends[i])), within(ends[i]), steps[i])
      return backwards(t, axis, starts[i], ends[i], steps[i])
    }, x),
  ]
}

/** A tensor n times along an axis. */
function repeated(x: Tensor, n: number, axis: number): Tensor {
  const [before, after] = [x.shape.slice(0, axis), x.shape.slice(axis)]
  const copies = ops.expand(ops.reshape(x, [...before, 1, ...after]), [...before, n, ...after])
  return ops.reshape(copies, [...before, n * (x.shape[axis] as number), ...after.slice(1)])
}

/** A slice with a negative step is a look-up of places. */
function backwards(x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const n = x.shape[axis]
  const clamp = (p: number, low: number) => Math.min(Math.max(p < 0 ? p + n : p, low), n - 1)
  const places: number[] = []
  for (let p = clamp(start, 0); p > (end < -n ? -1 : clamp(end, -1)); p += step) places.push(p)
  return ops.gather(x, ints(places), axis)
}

function split(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const axis = node.axis('axis', 0, x.shape)
  const n = x.shape[axis]
  const each = Math.ceil(n / node.outputs)
  const sizes =
    node.listed(1, 'split') ?? Array.from({ length: node.outputs }, (_, i) => Math.max(0, Math.min(each, n - i * each)))
  return ops.split(x, sizes, axis)
}

function squeeze(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const axes = node.listed(1, 'axes')?.map((a) => (a < 0 ? a + x.rank : a))
  return [
    ops.reshape(
      x,
      x.shape.filter((n, i) => (axes ? !axes.includes(i) : n !== 1)),
    ),
  ]
}

function unsqueeze(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const axes = node.listed(1, 'axes') ?? node.refuse('its axes are missing.')
  const rank = x.rank + axes.length
  const places = axes.map((a) => (a < 0 ? a + rank : a))
  const left = [...x.shape]
  return [
    ops.reshape(
      x,
      Array.from({ length: rank }, (_, i) => (places.includes(i) ? 1 : (left.shift() as number))),
    ),
  ]
}

function pad(node: ImportNode): Tensor[] {
  const x = node.input(0)
  node.only('mode', 'constant')
  const widths = node.listed(1, 'pads') ?? node.refuse('its pads are missing.')
  const axes = node.known(3) ? Array.from(node.known(3)?.data ?? []).map((a) => (a < 0 ? a + x.rank : a)) : undefined
  const half = widths.length / 2
  const pads = x.shape.map((_, i) => {
    const at = axes ? axes.indexOf(i) : i
    return at < 0 ? ([0, 0] as const) : ([widths[at], widths[at + half]] as const)
  })
  if (pads.flat().some((p) => p < 0)) node.refuse('negative widths cut: write a Slice.')
  const value = node.known(2)?.data[0] ?? node.float('value', 0)
  return [ops.pad(x, pads, value)]
}

function clip(node: ImportNode): Tensor[] {
  const bound = (i: number, name: string, otherwise: number) => node.known(i)?.data[0] ?? node.float(name, otherwise)
  return [
    ops.clamp(node.input(0), {
      min: bound(1, 'min', Number.NEGATIVE_INFINITY),
      max: bound(2, 'max', Number.POSITIVE_INFINITY),
    }),
  ]
}

function constantNode(node: ImportNode): Tensor[] {
  const value =
    node.tensor('value') ??
    (node.has('value_float') ? ndArray([node.float('value_float', 0)], [], 'f32') : undefined) ??
    (node.has('value_int') ? ndArray([node.int('value_int', 0)], [], 'i64') : undefined)
  if (value) return [constant(value)]
  const list = node.ints('value_ints')
  return list?.length ? [ints(list)] : node.refuse('only tensors, a number or whole numbers are taken.')
}

function constantOfShape(node: ImportNode): Tensor[] {
  const shape = Array.from((node.known(0) ?? node.refuse('its shape is missing.')).data)
  const value = node.tensor('value') ?? ndArray([0], [1], 'f32')
  return [ops.expand(constant({ ...value, shape: [] }), shape)]
}

function oneHot(node: ImportNode): Tensor[] {
  const [indices, , values] = node.inputs
  node.only('axis', -1)
  const depth = (node.known(1) ?? node.refuse('its depth is missing.')).data[0]
  const whole = ops.cast(indices, 'i64')
  const places = ops.where(ops.less(whole, 0), ops.add(whole, depth), whole)
  const hot = ops.cast(ops.oneHot(places, depth), 'bool')
  const value = (i: number) => ops.reshape(ops.slice(values, 0, i, i + 1), [])
  return [ops.where(hot, value(1), value(0))]
}

function layerNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias] = [node.input(0), node.input(1), node.optional(2)]
  if (node.outputs > 1) node.refuse('its mean and deviation are not given out.')
  const first = node.axis('axis', -1, x.shape)
  const axes = x.shape.map((_, i) => i).slice(first)
  const y = ops.mul(ops.normalize(x, { axes, eps: node.float('epsilon', 1e-5) }), gain)
  return [bias === undefined ? y : ops.add(y, bias)]
}

function instanceNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias] = node.inputs
  const along = (t: Tensor) => ops.reshape(t, [1, -1, ...x.shape.slice(2).map(() => 1)])
  const axes = x.shape.map((_, i) => i).slice(2)
  return [ops.add(ops.mul(ops.normalize(x, { axes, eps: node.float('epsilon', 1e-5) }), along(gain)), along(bias))]
}

/** As `scatterAdd` is written: rows added at their places along the first axis. */
function scatterNd(node: ImportNode): Tensor[] {
  const [data, places, rows] = node.inputs
  if (node.string('reduction', 'none') !== 'add' || places.shape[places.rank - 1] !== 1)
    node.refuse('only rows added along the first axis are taken.')
  const sums = ops.scatterAdd(ops.reshape(places, places.shape.slice(0, -1)), rows, data.shape, 0)
  return [ops.add(data, sums)]
}

function dropout(node: ImportNode): Tensor[] {
  if (node.outputs > 1 || node.known(2)?.data[0]) node.refuse('only what it does in inference, nothing, is taken.')
  return [node.input(0)]
}

/** Scale and zero point of a quantisation, the latter 0 where it is left out; one each, or one for each place of an axis. */
function gridOf(node: ImportNode, otherwise: DType): [Tensor, Tensor, { axis: number }] {
  node.only('block_size', 0)
  node.only('output_dtype', 0)
  const [x, scale] = [node.input(0), node.input(1)]
  const zero = node.optional(2) ?? ops.expand(constant(ndArray([0], [], otherwise)), scale.shape)
  const single = (t: Tensor) => (t.rank === 1 && t.shape[0] === 1 ? ops.reshape(t, []) : t)
  return [single(scale), single(zero), { axis: scale.rank === 0 ? 0 : node.axis('axis', 1, x.shape) }]
}

/** What each operator of ONNX is in ours. Operators that are not here are refused by name. */
export const importOperators: Readonly<Record<string, Import>> = {
  Abs: unary(ops.abs),
  Add: binary(ops.add),
  And: binary(ops.and),
  ArgMax: arg(ops.argmax),
  ArgMin: arg(ops.argmin),
  AveragePool: averagePool,
  BatchNormalization: batchNormalization,
  Cast: unary((x, node) => {
    const to = dtypeOf(node.int('to', 0), "Cast's target")
    if (x.dtype === 'f16' || to === 'f16') node.refuse('f16 is for storage only.')
    return ops.cast(x, to)
  }),
  Ceil: unary(ops.ceil),
  Clip: clip,
  Concat: (node) => [ops.concat(node.inputs, node.axis('axis', 0, node.input(0).shape))],
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Conv: conv,
  ConvTranspose: convTranspose,
  Cos: unary(ops.cos),
  CumSum(node) {
    node.only('exclusive', 0)
    const axis = (node.known(1) ?? node.refuse('its axis is missing.')).data[0]
    return [ops.cumsum(node.input(0), axis, { reverse: node.int('reverse', 0) === 1 })]
  },
  DequantizeLinear: (node) => [ops.dequantize(node.input(0), ...gridOf(node, node.input(0).dtype))],
  Div: binary(ops.div),
  Dropout: dropout,
  Elu: unary((x, node) => elu(x, node.float('alpha', 1))),
  Equal: binary(ops.equal),
  Erf: unary(ops.erf),
  Exp: unary(ops.exp),
  Expand(node) {
    const x = node.input(0)
    const wanted = Array.from((node.known(1) ?? node.refuse('its shape is missing.')).data)
    return [ops.expand(x, broadcastShapes(x.shape, wanted) ?? wanted)]
  },
  Flatten: unary((x, node) => {
    const axis = node.axis('axis', 1, x.shape)
    return ops.reshape(x, [sizeOf(x.shape.slice(0, axis)), sizeOf(x.shape.slice(axis))])
  }),
  Floor: unary(ops.floor),
  Gather: (node) => [ops.gather(node.input(0), node.input(1), node.axis('axis', 0, node.input(0).shape))],
  Gelu(node) {
    node.only('approximate', 'none')
    return [gelu(node.input(0))]
  },
  Gemm: gemm,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  Greater: binary(ops.greater),
  GreaterOrEqual: binary(ops.greaterEqual),
  HardSigmoid: unary((x, node) =>
    ops.clamp(ops.add(ops.mul(x, node.float('alpha', 0.2)), node.float('beta', 0.5)), { min: 0, max: 1 }),
  ),
  HardSwish: unary((x) => ops.mul(x, ops.clamp(ops.add(ops.mul(x, 1 / 6), 0.5), { min: 0, max: 1 }))),
  Identity: unary((x) => x),
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LeakyRelu: unary((x, node) => ops.where(ops.less(x, 0), ops.mul(x, node.float('alpha', 0.01)), x)),
  Less: binary(ops.less),
  LessOrEqual: binary(ops.lessEqual),
  Log: unary(ops.log),
  LogSoftmax: softmaxLike(ops.logSoftmax),
  MatMul: matmul,
  Max: variadic(ops.maximum),
  MaxPool: maxPool,
  Mean: (node) => [ops.div(node.inputs.reduce(ops.add), node.inputs.length)],
  Min: variadic(ops.minimum),
  Mul: binary(ops.mul),
  Neg: unary(ops.neg),
  Not: unary(ops.not),
  OneHot: oneHot,
  Or: binary(ops.or),
  PRelu: binary((x, slope) => ops.where(ops.less(x, 0), ops.mul(x, slope), x)),
  Pad: pad,
  Pow: binary((a, b) => ops.pow(a, ops.cast(b, a.dtype))),
  QuantizeLinear: (node) => [ops.quantize(node.input(0), ...gridOf(node, 'u8'))],
  Reciprocal: unary((x) => ops.div(1, x)),
  ReduceL1: reduce((x, o) => ops.sum(ops.abs(x), o)),
  ReduceL2: reduce((x, o) => ops.sqrt(ops.sum(square(x), o))),
  ReduceLogSum: reduce((x, o) => ops.log(ops.sum(x, o))),
  ReduceLogSumExp: reduce(ops.logSumExp),
  ReduceMax: reduce(ops.max),
  ReduceMean: reduce(ops.mean),
  ReduceMin: reduce(ops.min),
  ReduceSum: reduce(ops.sum),
  ReduceSumSquare: reduce((x, o) => ops.sum(square(x), o)),
  Relu: unary(ops.relu),
  Reshape: reshape,
  Resize: resize,
  Round: unary(ops.round),
  ScatterND: scatterNd,
  Selu: unary((x, node) => elu(x, node.float('alpha', 1.6732632423543772), node.float('gamma', 1.0507009873554805))),
  Shape(node) {
    const { shape } = node.input(0)
    return [ints(shape.slice(node.int('start', 0), node.has('end') ? node.int('end', 0) : undefined))]
  },
  Sigmoid: unary(ops.sigmoid),
  Sign: unary(ops.sign),
  Sin: unary(ops.sin),
  Size: unary((x) => constant(ndArray([sizeOf(x.shape)], [], 'i64'))),
  Slice: slice,
  Softmax: softmaxLike(ops.softmax),
  Softplus: unary(ops.softplus),
  Softsign: unary((x) => ops.div(x, ops.add(ops.abs(x), 1))),
  Split: split,
  Sqrt: unary(ops.sqrt),
  Squeeze: squeeze,
  Sub: binary(ops.sub),
  Sum: variadic(ops.add),
  Tanh: unary(ops.tanh),
  Tile(node) {
    const x = node.input(0)
    const times = Array.from((node.known(1) ?? node.refuse('its repeats are missing.')).data)
    if (times.length !== x.rank || times.some((n) => n < 0)) node.refuse(`its repeats are ${times}.`)
    return [times.reduce((t, n, axis) => (n === 1 ? t : repeated(t, n, axis)), x)]
  },
  Transpose: unary((x, node) => ops.transpose(x, node.ints('perm') ?? x.shape.map((_, i) => x.rank - 1 - i))),
  Unsqueeze: unsqueeze,
  Where: (node) => [ops.where(node.input(0), node.input(1), node.input(2))],
  Xor: binary((a, b) => ops.not(ops.equal(ops.cast(a, 'u8'), ops.cast(b, 'u8')))),
}
