import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { broadcastShapes, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { elementwise } from './import-elementwise.js'
import { binary, type Import, type ImportTable, ints, range, unary } from './import-helpers.js'
import { moves } from './import-moves.js'
import type { ImportNode } from './import-node.js'
import { losses, normalization } from './import-normalization.js'
import { places } from './import-places.js'
import { quantized } from './import-quantized.js'
import { recurrent } from './import-recurrent.js'
import { resizing } from './import-resize.js'
import { windows } from './import-windows.js'

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
/** Of equal elements the first, or with `select_last_index` the first from the other end. */
const arg =
  (f: typeof ops.argmax): Import =>
  (node) => {
    const x = node.input(0)
    const axis = node.axis('axis', 0, x.shape)
    const keepDims = node.int('keepdims', 1) === 1
    if (node.int('select_last_index', 0) === 0) return [f(x, axis, keepDims)]
    const last = x.shape[axis] - 1
    const turned = ops.gather(x, ints(node.range(last + 1).map((i) => last - i)), axis)
    return [ops.sub(ints([last], []), f(turned, axis, keepDims))]
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

/** All elements multiplied: the two halves of an axis with one another, again and again. */
function product(x: Tensor, { axes = range(x.rank), keepDims = false }: ops.ReduceOptions): Tensor {
  const over = (typeof axes === 'number' ? [axes] : axes).map((a) => (a < 0 ? a + x.rank : a))
  const halves = (t: Tensor, axis: number): Tensor => {
    const n = t.shape[axis]
    if (n === 0) return ops.add(ops.sum(t, { axes: axis, keepDims: true }), 1)
    if (n === 1) return t
    const half = n >> 1
    const both = ops.mul(ops.slice(t, axis, 0, half), ops.slice(t, axis, half, 2 * half))
    return halves(n % 2 === 0 ? both : ops.concat([both, ops.slice(t, axis, n - 1, n)], axis), axis)
  }
  const y = over.reduce(halves, x)
  return keepDims
    ? y
    : ops.reshape(
        y,
        y.shape.filter((_, axis) => !over.includes(axis)),
      )
}

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
      return backwards(node, t, axis, starts[i], ends[i], steps[i])
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
function backwards(node: ImportNode, x: Tensor, axis: number, start: number, end: number, step: number): Tensor {
  const n = node.length(x.shape[axis])
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

/** The place that stands at `i`, outside of an axis too: the border's, mirrored at it, or from the other end. */
const outside: Readonly<Record<string, (i: number, n: number) => number>> = {
  edge: (i, n) => Math.min(Math.max(i, 0), n - 1),
  reflect: (i, n) => {
    const period = Math.max(1, 2 * (n - 1))
    const at = ((i % period) + period) % period
    return at < n ? at : period - at
  },
  wrap: (i, n) => ((i % n) + n) % n,
}

function pad(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const widths = node.listed(1, 'pads') ?? node.refuse('its pads are missing.')
  const given = node.known(3)?.data
  const axes = given ? Array.from(given, (a) => (a < 0 ? a + x.rank : a)) : range(x.rank)
  const sides = range(x.rank).map((axis) => {
    const at = axes.indexOf(axis)
    return at < 0 ? ([0, 0] as const) : ([widths[at], widths[at + widths.length / 2]] as const)
  })
  // Negative widths cut.
  const cut = sides.reduce((t, [before, after], axis) => {
    const [from, to] = [Math.max(0, -before), t.shape[axis] - Math.max(0, -after)]
    return from === 0 && to === t.shape[axis] ? t : ops.slice(t, axis, from, to)
  }, x)
  const pads = sides.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as const)
  const mode = node.string('mode', 'constant')
  if (mode === 'constant') return [ops.pad(cut, pads, node.known(2)?.data[0] ?? node.float('value', 0))]
  const place = outside[mode] ?? node.refuse(`mode = ${mode} is unknown.`)
  return [
    pads.reduce((t, [before, after], axis) => {
      const n = t.shape[axis]
      if (before + after === 0) return t
      if (n === 0) node.refuse('an empty axis has nothing to pad with.')
      return ops.gather(t, ints(node.range(before + n + after).map((i) => place(i - before, n))), axis)
    }, cut),
  ]
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

/** What each operator of ONNX is in ours. Operators that are not here are refused by name. */
export const importOperators: ImportTable = {
  ...elementwise,
  ...losses,
  ...moves,
  ...normalization,
  ...places,
  ...quantized,
  ...recurrent,
  ...resizing,
  ...windows,
  Abs: unary(ops.abs),
  Add: binary(ops.add),
  And: binary(ops.and),
  ArgMax: arg(ops.argmax),
  ArgMin: arg(ops.argmin),
  Cast: unary((x, node) => ops.cast(x, node.dtype('to'))),
  Ceil: unary(ops.ceil),
  Clip: clip,
  Concat: (node) => [ops.concat(node.inputs, node.axis('axis', 0, node.input(0).shape))],
  Constant: constantNode,
  ConstantOfShape: constantOfShape,
  Cos: unary(ops.cos),
  CumSum(node) {
    const x = node.input(0)
    const axis = (node.known(1) ?? node.refuse('its axis is missing.')).data[0]
    const sums = ops.cumsum(x, axis, { reverse: node.int('reverse', 0) === 1 })
    return [node.int('exclusive', 0) === 1 ? ops.sub(sums, x) : sums]
  },
  Div: binary(ops.div),
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
  Greater: binary(ops.greater),
  GreaterOrEqual: binary(ops.greaterEqual),
  HardSigmoid: unary((x, node) =>
    ops.clamp(ops.add(ops.mul(x, node.float('alpha', 0.2)), node.float('beta', 0.5)), { min: 0, max: 1 }),
  ),
  HardSwish: unary((x) => ops.mul(x, ops.clamp(ops.add(ops.mul(x, 1 / 6), 0.5), { min: 0, max: 1 }))),
  Identity: unary((x) => x),
  LeakyRelu: unary((x, node) => ops.where(ops.less(x, 0), ops.mul(x, node.float('alpha', 0.01)), x)),
  Less: binary(ops.less),
  LessOrEqual: binary(ops.lessEqual),
  Log: unary(ops.log),
  LogSoftmax: softmaxLike(ops.logSoftmax),
  MatMul: matmul,
  Max: variadic(ops.maximum),
  Mean: (node) => [ops.div(node.inputs.reduce(ops.add), node.inputs.length)],
  Min: variadic(ops.minimum),
  Mul: binary(ops.mul),
  Neg: unary(ops.neg),
  Not: unary(ops.not),
  Or: binary(ops.or),
  PRelu: binary((x, slope) => ops.where(ops.less(x, 0), ops.mul(x, slope), x)),
  Pad: pad,
  Pow: binary((a, b) => ops.pow(a, ops.cast(b, a.dtype))),
  Reciprocal: unary((x) => ops.div(1, x)),
  ReduceL1: reduce((x, o) => ops.sum(ops.abs(x), o)),
  ReduceL2: reduce((x, o) => ops.sqrt(ops.sum(ops.square(x), o))),
  ReduceLogSum: reduce((x, o) => ops.log(ops.sum(x, o))),
  ReduceLogSumExp: reduce(ops.logSumExp),
  ReduceMax: reduce(ops.max),
  ReduceMean: reduce(ops.mean),
  ReduceMin: reduce(ops.min),
  ReduceProd: reduce(product),
  ReduceSum: reduce(ops.sum),
  ReduceSumSquare: reduce((x, o) => ops.sum(ops.square(x), o)),
  Relu: unary(ops.relu),
  Reshape: reshape,
  Round: unary(ops.round),
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
