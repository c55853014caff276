import { allocate } from '../dtype.js'
import type { Graph } from '../graph.js'
import { type NdArray, ndArray } from '../nd-array.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import { constant, constantValue } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { foldConstants } from './fold-constants.js'
import { identities } from './identities.js'
import { firstOf, type Rule, rewrite } from './rewrite.js'

/**
 * Fake-quantised numbers as the integers they stand for, where the grid is constant: activations as a pair of `quantize` and
 * `dequantize`, constant weights as i8 with `dequantize`. This is the form ("QDQ") from which runtimes take integer kernels, for
 * which what follows a convolution (a bias, a batch norm in use) is taken into its scales and its bias: exact, since scales are by
 * channel and the grid is symmetric. Biases become i32 on the grid of the products, as integer arithmetic adds them up.
 */
export const integerArithmetic = (graph: Graph): Graph =>
  graph.nodes.some(({ op }) => op.name === 'fakeQuantize')
    ? [firstOf(asIntegers, throughTranspose, intoScales, intoBias, identities, foldConstants), biasAsInteger].reduce(
        rewrite,
        graph,
      )
    : graph

interface Grid {
  /** [] or [n], along `axis`. */
  readonly scale: NdArray
  readonly zero: NdArray
  readonly axis: number
}

const asIntegers: Rule = (node, [x, scale, zero]) => {
  if (node.op.name !== 'fakeQuantize') return undefined
  const { lowest, highest } = node.attrs as { lowest: number; highest: number }
  const dtype = lowest < 0 ? 'i8' : 'u8'
  const [least, most] = lowest < 0 ? [-128, 127] : [0, 255]
  const grid = gridOf(node, scale, zero, dtype)
  if (grid === undefined || lowest < least || highest > most) return undefined
  const value = constantValue(x)
  if (value) return again({ ...grid, q: integersOf(value, grid, lowest, highest) })
  // Fewer places than the type has: held before, as one scale allows.
  const whole = lowest === least && highest === most
  if (!whole && grid.scale.data.length > 1) return undefined
  const place = (q: number) => (q - grid.zero.data[0]) * grid.scale.data[0]
  const held = whole ? x : ops.clamp(x, { min: place(lowest), max: place(highest) })
  const [s, z] = [constant(grid.scale), constant(grid.zero)]
  return ops.dequantize(ops.quantize(held, s, z, grid), s, z, grid)
}

/** The grid as ONNX wants it; undefined where it is not constant, or varies along several axes. */
function gridOf(node: Tensor, scale: Tensor, zero: Tensor, dtype: 'i8' | 'u8'): Grid | undefined {
  const [s, z] = [constantValue(scale), constantValue(zero)]
  if (s === undefined || z === undefined) return undefined
  const offset = node.rank - s.shape.length
  const along = s.shape.flatMap((n, i) => (n > 1 ? [i + offset] : []))
  if (along.length > 1 || (z.data.length > 1 && z.data.length !== s.data.length)) return undefined
  const shape = along.length === 0 ? [] : [s.data.length]
  const zeros = allocate(dtype, s.data.length).map((_, i) => z.data[z.data.length > 1 ? i : 0])
  return {
    scale: { dtype: s.dtype, shape, data: s.data },
    zero: ndArray(zeros, shape, dtype),
    axis: along[0] ?? 0,
  }
}

/** Constant numbers as places of a grid, by the op's own kernel. */
function integersOf(x: NdArray, { scale, zero, axis }: Grid, lowest: number, highest: number): NdArray {
  const { op, attrs } = ops.quantize(constant(x), constant(scale), constant(zero), { axis })
  const q = { dtype: zero.dtype, shape: x.shape, data: allocate(zero.dtype, x.data.length) }
  op.evaluate([x, scale, zero], attrs, q)
  return { ...q, data: q.data.map((v) => Math.min(Math.max(v, lowest), highest)) }
}

interface Kept extends Grid {
  readonly q: NdArray
}

/** What `dequantize` of constants holds; undefined where the node is none. */
function keptOf(node: Tensor | undefined): Kept | undefined {
  if (node?.op.name !== 'dequantize') return undefined
  const [q, scale, zero] = node.inputs.map(constantValue)
  return q && scale && zero && { q, scale, zero, axis: node.attrs.axis as number }
}

const again = ({ q, scale, zero, axis }: Kept): Tensor =>
  ops.dequantize(constant(q), constant(scale), constant(zero), { axis })

/** A transposition of kept integers is done now. */
const throughTranspose: Rule = (node, [x]) => {
  const kept = node.op.name === 'transpose' ? keptOf(x) : undefined
  if (kept === undefined) return undefined
  const perm = node.attrs.perm as readonly number[]
  const q = { ...kept.q, shape: node.shape, data: allocate(kept.q.dtype, kept.q.data.length) }
  node.op.evaluate([kept.q], node.attrs, q)
  return again({ ...kept, q, axis: kept.scale.shape.length === 0 ? 0 : perm.indexOf(kept.axis) })
}

/** A convolution of quantised images with kept kernels. */
function quantizedConvolution(node: Tensor): Kept | undefined {
  if (node.op.name !== 'conv2d' || node.inputs[0]?.op.name !== 'dequantize') return undefined
  const kept = keptOf(node.inputs[1])
  const bias = node.inputs[2]
  return kept?.axis === 0 && (bias === undefined || constantValue(bias)) ? kept : undefined
}

/** The convolution and the constant by channel that is joined with it, in either order; undefined where it is something else. */
function byChannel([a, b]: readonly Tensor[]): { conv: Tensor; kept: Kept; factor: Float64Array } | undefined {
  for (const [conv, other] of [
    [a, b],
    [b, a],
  ]) {
    const kept = quantizedConvolution(conv)
    const value = constantValue(other)
    if (kept === undefined || value === undefined) continue
    const M = conv.shape[1]
    const shape = [1, 1, 1, 1, ...value.shape].slice(-4)
    if (value.shape.length > 4 || shape.some((n, i) => n !== 1 && (i !== 1 || n !== M))) continue
    const factor = Float64Array.from({ length: M }, (_, m) => value.data[value.data.length === 1 ? 0 : m])
    return { conv, kept, factor }
  }
  return undefined
}

const convolveAgain = (conv: Tensor, w: Tensor, bias: Float64Array | undefined): Tensor => {
  const { pads, ...options } = conv.attrs as unknown as Conv2dAttributes
  const b = bias && constant({ dtype: conv.dtype, shape: [bias.length], data: bias })
  return ops.conv2d(conv.inputs[0], w, { ...options, padding: pads, ...(b && { bias: b }) })
}

const biasOf = (conv: Tensor): Float64Array | undefined => {
  const bias = conv.inputs[2] && constantValue(conv.inputs[2])
  return bias && Float64Array.from(bias.data)
}

/** conv(x, w) · c, c by channel: its size into the scale, its sign into the integers. */
const intoScales: Rule = (node, inputs) => {
  const found = node.op.name === 'mul' ? byChannel(inputs) : undefined
  if (found === undefined) return undefined
  const { conv, kept, factor } = found
  if (kept.zero.data.some((z) => z !== 0) || kept.q.data.some((q) => q === -128)) return undefined
  const each = kept.q.data.length / factor.length
  const sign = Array.from(factor, Math.sign)
  const data = kept.q.data.map((q, i) => q * sign[Math.floor(i / each)])
  const old = kept.scale.data
  // (A channel that is 0 keeps its scale, which must not be 0.)
  const scales = factor.map((c, m) => old[old.length === 1 ? 0 : m] * (c === 0 ? 1 : Math.abs(c)))
  const w = again({
    axis: 0,
    q: { ...kept.q, data },
    scale: { dtype: kept.scale.dtype, shape: [factor.length], data: scales },
    zero: ndArray(allocate(kept.zero.dtype, factor.length), [factor.length], kept.zero.dtype),
  })
  return convolveAgain(
    conv,
    w,
    biasOf(conv)?.map((b, m) => b * factor[m]),
  )
}

/** conv(x, w) + c, c by channel: the convolution's bias. */
const intoBias: Rule = (node, inputs) => {
  const found = node.op.name === 'add' ? byChannel(inputs) : undefined
  if (found === undefined) return undefined
  const { conv, factor } = found
  const before = biasOf(conv)
  return convolveAgain(
    conv,
    conv.inputs[1],
    factor.map((c, m) => c + (before?.[m] ?? 0)),
  )
}

/** The bias on the grid of the products, scale of the image · scale of the kernel; as it is where that has no room for it. */
const biasAsInteger: Rule = (node, [x, w, b]) => {
  const kept = node.op.name === 'conv2d' && x.op.name === 'dequantize' ? keptOf(w) : undefined
  const bias = b && constantValue(b)
  const image = x && constantValue(x.inputs[1] ?? x)
  if (kept === undefined || bias === undefined || image?.data.length !== 1) return undefined
  const scales = Float64Array.from(
    bias.data,
    (_, m) => image.data[0] * kept.scale.data[kept.scale.data.length === 1 ? 0 : m],
  )
  const places = Array.from(bias.data, (v, m) => Math.round(v / scales[m]))
  if (!places.every((q) => Math.abs(q) < 2 ** 31)) return undefined
  const shape = [places.length]
  const whole = ops.dequantize(
    constant(ndArray(places, shape, 'i32')),
    constant({ dtype: node.dtype, shape, data: scales }),
    constant(ndArray(new Int32Array(places.length), shape, 'i32')),
    { axis: 0 },
  )
  const { pads, ...options } = node.attrs as unknown as Conv2dAttributes
  return ops.conv2d(x, w, { ...options, padding: pads, bias: whole })
}
