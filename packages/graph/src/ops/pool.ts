import { type DType, REALS } from '../dtype.js'
import { type NdArray, ndArray } from '../nd-array.js'
import type { Op, TensorType } from '../op.js'
import { misuse } from '../refusal.js'
import { showShape, sizeOf } from '../shape.js'
import { apply, callText, computesIn, refuse, type Tensor } from '../tensor.js'
import { div, mul } from './binary.js'
import { type Conv2dOptions, conv2dAttributes, convSize } from './conv2d.js'
import { matmul } from './matmul.js'
import { mean } from './reduce.js'
import { resize2d } from './resize.js'
import { constant } from './sources.js'
import { transpose } from './transpose.js'

/**
 * Pooling slides a window over images [N, C, H, W]; out = ⌊(in + pads − dilation·(k − 1) − 1) / stride⌋ + 1.
 * The maximum routes: its places are a node of their own, and its gradient is scattered to them. The average is linear, so it
 * and its transpose close under differentiation.
 */
export interface Pool2dAttributes {
  readonly kernel: readonly [number, number]
  readonly stride: readonly [number, number]
  /** Top, left, bottom, right, as in ONNX. */
  readonly pads: readonly [number, number, number, number]
  readonly dilation: readonly [number, number]
  readonly [name: string]: unknown
}

export interface Pool2dOptions {
  readonly kernel: number | readonly [number, number]
  /** The kernel's size unless told, so that windows tile the image. */
  readonly stride?: Conv2dOptions['stride']
  readonly padding?: Conv2dOptions['padding']
  readonly dilation?: Conv2dOptions['dilation']
}

function poolAttributes(options: Pool2dOptions | undefined): Pool2dAttributes {
  if (options?.kernel === undefined) misuse('Pooling needs the size of its window', '{ kernel: 2 }')
  const { kernel, stride = kernel, padding, dilation } = options
  const { groups: _, ...window } = conv2dAttributes({ stride, padding, dilation })
  return { ...window, kernel: typeof kernel === 'number' ? [kernel, kernel] : kernel }
}

function pooledShape(x: TensorType, { kernel, stride, pads, dilation }: Pool2dAttributes): number[] {
  computesIn(REALS, 'pooling', [x])
  if (x.shape.length !== 4) refuse('images need four axes: [N, C, H, W].')
  if ([...kernel, ...stride, ...dilation].some((n) => !(Number.isInteger(n) && n >= 1)))
    refuse('kernel, stride and dilation must be whole numbers from 1.')
  if (pads.some((p, i) => !(Number.isInteger(p) && p >= 0 && 2 * p <= kernel[i % 2])))
    refuse(`padding ${pads} must be whole numbers from 0 to half the kernel, which is ${kernel.join(' × ')}.`)
  const size = [0, 1].map((i) => convSize(x.shape[2 + i], kernel[i], stride[i], pads[i] + pads[i + 2], dilation[i]))
  if (size.some((n) => n < 1))
    refuse(`a window of ${kernel.join(' × ')} does not fit into ${x.shape[2]} × ${x.shape[3]} with padding ${pads}.`)
  for (const i of [0, 1]) {
    // (The window's first place that is not before the image: whether it is inside, and still of the window.)
    const holdsNone = (out: number) => {
      const start = out * stride[i] - pads[i]
      const step = Math.max(0, Math.ceil(-start / dilation[i]))
      return step >= kernel[i] || start + step * dilation[i] >= x.shape[2 + i]
    }
    for (let out = 0; out < size[i]; out++)
      if (holdsNone(out)) refuse(`with padding ${pads} and dilation ${dilation} some windows hold nothing but padding.`)
  }
  return [x.shape[0], x.shape[1], ...size]
}

/** Visits the windows in order, each with the places of its elements inside the image, in row-major order. */
function forEachWindow(
  [N, C, H, W]: readonly number[],
  [, , oH, oW]: readonly number[],
  { kernel, stride, pads, dilation }: Pool2dAttributes,
  visit: (out: number, places: readonly number[]) => void,
): void {
  for (let plane = 0, out = 0; plane < N * C; plane++) {
    for (let i = 0; i < oH; i++) {
      for (let j = 0; j < oW; j++) {
        const places: number[] = []
        for (let u = 0; u < kernel[0]; u++) {
          const r = i * stride[0] + u * dilation[0] - pads[0]
          if (r < 0 || r >= H) continue
          for (let v = 0; v < kernel[1]; v++) {
            const s = j * stride[1] + v * dilation[1] - pads[1]
            if (s >= 0 && s < W) places.push((plane * H + r) * W + s)
          }
        }
        visit(out++, places)
      }
    }
  }
}

// (Dilations of 1 are left out: ONNX Runtime makes an operator of quantised averages that does not know them, and refuses it.)
const onnxWindow = ({ kernel, stride, pads, dilation }: Pool2dAttributes) => ({
  kernel_shape: kernel,
  strides: stride,
  pads,
  ...(dilation.some((d) => d !== 1) && { dilations: dilation }),
})
const flops = (_: unknown, { kernel }: Pool2dAttributes, y: TensorType) => kernel[0] * kernel[1] * sizeOf(y.shape)

/** The first of the largest elements; NaN counts as larger than all, as in PyTorch. */
function largest(data: ArrayLike<number>, places: readonly number[]): number {
  let best = places[0]
  for (const p of places) if (data[p] > data[best] || (Number.isNaN(data[p]) && !Number.isNaN(data[best]))) best = p
  return best
}

const maxPoolOp: Op<Pool2dAttributes> = {
  name: 'maxPool2d',
  infer: ([x], a) => ({ dtype: x.dtype, shape: pooledShape(x, a) }),
  evaluate([x], a, out) {
    forEachWindow(x.shape, out.shape, a, (o, places) => {
      out.data[o] = x.data[largest(x.data, places)]
    })
  },
  gradient({ g, inputs: [x], attrs, ops }) {
    const places = ops.reshape(ops.maxPool2dPlaces(x, attrs), [-1])
    return [ops.reshape(ops.scatterAdd(places, ops.reshape(g, [-1]), [sizeOf(x.shape)]), x.shape)]
  },
  onnx: (context, inputs, _, a) => context.nodes('MaxPool', inputs, onnxWindow(a), 2)[0],
  flops,
}

const maxPoolPlacesOp: Op<Pool2dAttributes> = {
  name: 'maxPool2dPlaces',
  infer: ([x], a) => ({ dtype: 'i64', shape: pooledShape(x, a) }),
  evaluate([x], a, out) {
    forEachWindow(x.shape, out.shape, a, (o, places) => {
      out.data[o] = largest(x.data, places)
    })
  },
  onnx: (context, inputs, _, a) => context.nodes('MaxPool', inputs, onnxWindow(a), 2)[1],
  flops,
}

/** The largest element of each window; of equal ones the first receives the gradient, as in PyTorch. */
export const maxPool2d = (x: Tensor, options: Pool2dOptions): Tensor => apply(maxPoolOp, [x], poolAttributes(options))
/** Where `maxPool2d` found its elements: places in the flattened x, as i64. */
export const maxPool2dPlaces = (x: Tensor, attrs: Pool2dAttributes): Tensor => apply(maxPoolPlacesOp, [x], attrs)

const avgPoolOp: Op<Pool2dAttributes> = {
  name: 'avgPool2d',
  infer: ([x], a) => ({ dtype: x.dtype, shape: pooledShape(x, a) }),
  evaluate([x], a, out) {
    const area = a.kernel[0] * a.kernel[1]
    forEachWindow(x.shape, out.shape, a, (o, places) => {
      let s = 0
      for (const p of places) s += x.data[p]
      out.data[o] = s / area
    })
  },
  gradient: ({ g, inputs: [x], attrs, ops }) => [ops.avgPool2dInput(g, x.shape, attrs)],
  onnx: (context, inputs, _, a) => context.node('AveragePool', inputs, { ...onnxWindow(a), count_include_pad: 1 }),
  flops,
}

interface Shaped extends Pool2dAttributes {
  readonly shape: readonly number[]
}

const avgPoolInputOp: Op<Shaped> = {
  name: 'avgPool2dInput',
  infer([y], a) {
    const wanted = pooledShape({ dtype: y.dtype, shape: a.shape }, a)
    if (wanted.some((n, i) => n !== y.shape[i])) refuse(`images of [${a.shape}] would be pooled to [${wanted}].`)
    return { dtype: y.dtype, shape: a.shape }
  },
  evaluate([y], a, out) {
    const sums = new Float64Array(out.data.length)
    const area = a.kernel[0] * a.kernel[1]
    forEachWindow(out.shape, y.shape, a, (o, places) => {
      for (const p of places) sums[p] += y.data[o] / area
    })
    out.data.set(sums)
  },
  gradient: ({ g, attrs, ops }) => [ops.avgPool2d(g, { ...attrs, padding: attrs.pads })],
  // A transposed convolution of each plane with one constant kernel, planes as a batch of one-channel images.
  onnx(context, [y], node, a) {
    const [N, C, H, W] = a.shape
    const [, , oH, oW] = node.inputs[0].shape
    const planes = context.node('Reshape', [y, context.ints([N * C, 1, oH, oW])], { allowzero: 1 })
    const [kH, kW] = a.kernel
    const kernel = context.constant(ndArray(new Array(kH * kW).fill(1 / (kH * kW)), [1, 1, kH, kW], node.dtype))
    const reach = (i: number) => ([oH, oW][i] - 1) * a.stride[i] + a.dilation[i] * (a.kernel[i] - 1) + 1
    const { kernel_shape: _, ...window } = onnxWindow(a)
    const output_padding = [0, 1].map((i) => [H, W][i] + a.pads[i] + a.pads[i + 2] - reach(i))
    const x = context.node('ConvTranspose', [planes, kernel], { ...window, output_padding })
    return context.node('Reshape', [x, context.ints(a.shape)], { allowzero: 1 })
  },
  flops: ([y], { kernel }) => kernel[0] * kernel[1] * sizeOf(y.shape),
}

/** The gradient of `avgPool2d` with respect to its image of the given shape. */
export function avgPool2dInput(y: Tensor, shape: readonly number[], attrs: Pool2dAttributes): Tensor {
  const { kernel, stride, pads, dilation } = attrs
  const tiles = kernel.every((k, i) => k === stride[i] && shape[2 + i] === k * y.shape[2 + i])
  // (Each element repeated over its tile needs no convolution.)
  if (tiles && dilation.every((d) => d === 1) && pads.every((p) => p === 0))
    return resize2d(div(y, kernel[0] * kernel[1]), [shape[2], shape[3]], 'nearest')
  return apply(avgPoolInputOp, [y], { kernel, stride, pads, dilation, shape })
}

export interface AvgPool2dOptions extends Pool2dOptions {
  /** Whether padding counts as zeros (PyTorch's default) or is left out of the average. */
  readonly countPadding?: boolean
}

/** The average of each window. */
export function avgPool2d(x: Tensor, { countPadding = true, ...options }: AvgPool2dOptions): Tensor {
  const attrs = poolAttributes(options)
  const y = apply(avgPoolOp, [x], attrs)
  if (countPadding || attrs.pads.every((p) => p === 0)) return y
  // How much of each window lies inside is known while tracing.
  const shape = [1, 1, ...y.shape.slice(2)]
  const share = new Float64Array(sizeOf(shape))
  forEachWindow([1, 1, ...x.shape.slice(2)], shape, attrs, (o, places) => {
    share[o] = (attrs.kernel[0] * attrs.kernel[1]) / places.length
  })
  return mul(y, constant({ dtype: x.dtype, shape, data: share }))
}

/**
 * The average over windows that divide the image as evenly as they can, whatever its size: window i of n covers
 * ⌊i · in / n⌋ to ⌈(i + 1) · in / n⌉ (PyTorch's `adaptive_avg_pool2d`).
 */
export function adaptiveAvgPool2d(x: Tensor, size: number | readonly [number, number]): Tensor {
  const [h, w] = typeof size === 'object' ? size : [size, size]
  const [, , H, W] =
    x.rank === 4 ? x.shape : misuse(`adaptiveAvgPool2d takes images [N, C, H, W], not ${showShape(x.shape)}`)
  if (![h, w].every((n) => Number.isInteger(n) && n >= 1))
    misuse(`${callText('adaptiveAvgPool2d', [x])} cannot make ${h} × ${w}`, 'sizes are whole numbers from 1')
  if (h === 1 && w === 1) return mean(x, { axes: [2, 3], keepDims: true })
  if (H % h === 0 && W % w === 0) return avgPool2d(x, { kernel: [H / h, W / w] })
  // Averages of rows, then of columns, each as a matrix.
  const columns = constant(averages(W, w, x.dtype))
  return matmul(constant(averages(H, h, x.dtype)), matmul(x, transpose(columns)))
}

function averages(from: number, to: number, dtype: DType): NdArray {
  const m = new Float64Array(to * from)
  for (let i = 0; i < to; i++) {
    const start = Math.floor((i * from) / to)
    const end = Math.ceil(((i + 1) * from) / to)
    m.fill(1 / (end - start), i * from + start, i * from + end)
  }
  return { dtype, shape: [to, from], data: m }
}
