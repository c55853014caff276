import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { filled, type Import, type ImportTable, perChannel, range } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

type Pair = readonly [number, number]
type Sides = readonly [number, number, number, number]

/** A window over rows and columns. */
interface Window {
  readonly kernel: Pair
  readonly stride: Pair
  /** Top, left, bottom, right. */
  readonly padding: Sides
  readonly dilation: Pair
  /** What the last windows reach beyond the padding (`ceil_mode`). */
  readonly beyond: Pair
}

/** Signals [N, C, W] are images of one row. */
const asImage = (x: Tensor) => (x.rank === 3 ? ops.reshape(x, [x.shape[0], x.shape[1], 1, x.shape[2]]) : x)
const asGiven = (y: Tensor, x: Tensor) => (x.rank === 3 ? ops.reshape(y, [y.shape[0], y.shape[1], y.shape[3]]) : y)

/** Attributes of two axes; a signal's row gets what does nothing. */
const two = (list: readonly number[], idle: number): Pair => (list.length === 1 ? [idle, list[0]] : [list[0], list[1]])

/** The window of a node, automatic padding worked out; `image` is [N, C, H, W]. */
function windowOf(node: ImportNode, x: Tensor, given: readonly number[]): Window {
  if (x.rank !== 3 && x.rank !== 4)
    node.refuse(`only signals [N, C, W] and images [N, C, H, W] are taken, not ${x.rank} axes.`)
  const image = asImage(x).shape
  const kernel = two(given, 1)
  const listed = (name: string) => node.ints(name) ?? given.map(() => 1)
  const [stride, dilation] = [two(listed('strides'), 1), two(listed('dilations'), 1)]
  const pads = node.ints('pads') ?? given.flatMap(() => [0, 0])
  const half = pads.length / 2
  let [before, after] = [two(pads.slice(0, half), 0), two(pads.slice(half), 0)]
  for (const n of [...image.slice(2), ...kernel]) node.length(n)
  const reach = (i: number) => dilation[i] * (kernel[i] - 1) + 1
  const auto = node.string('auto_pad', 'NOTSET')
  if (auto.startsWith('SAME')) {
    const total = (i: number) =>
      Math.max(0, (Math.ceil(image[2 + i] / stride[i]) - 1) * stride[i] + reach(i) - image[2 + i])
    const [less, more] = [Math.floor, Math.ceil].map((round): Pair => [round(total(0) / 2), round(total(1) / 2)])
    ;[before, after] = auto === 'SAME_UPPER' ? [less, more] : [more, less]
  } else if (auto === 'VALID')
    [before, after] = [
      [0, 0],
      [0, 0],
    ]
  const beyond = (i: number) => {
    if (node.int('ceil_mode', 0) === 0) return 0
    const room = image[2 + i] + before[i] + after[i] - reach(i)
    const last = Math.ceil(room / stride[i]) * stride[i]
    // (A window that would begin behind the image is none.)
    return last < image[2 + i] + before[i] ? Math.max(0, last - room) : 0
  }
  return {
    kernel,
    stride,
    dilation,
    padding: [...before, ...after] as unknown as Sides,
    beyond: [beyond(0), beyond(1)],
  }
}

const withBias = (y: Tensor, bias: Tensor | undefined) => (bias === undefined ? y : ops.add(y, perChannel(bias, 4)))

export function conv(node: ImportNode): Tensor[] {
  const [x, w] = [node.input(0), node.input(1)]
  const { stride, padding, dilation } = windowOf(node, x, w.shape.slice(2))
  const options = { stride, padding, dilation, groups: node.int('group', 1), bias: node.optional(2) }
  return [asGiven(ops.conv2d(asImage(x), asImage(w), options), x)]
}

function convTranspose(node: ImportNode): Tensor[] {
  const [x, w] = [node.input(0), node.input(1)]
  const given = w.shape.slice(2)
  const { kernel, stride, padding, dilation } = windowOf(node, x, given)
  const extra = two(node.ints('output_padding') ?? given.map(() => 0), 0)
  const size = (i: number) => asImage(x).shape[2 + i]
  const auto = node.string('auto_pad', 'NOTSET')
  const wanted = node.has('output_shape')
    ? two((node.ints('output_shape') ?? []).slice(-given.length), 1)
    : auto.startsWith('SAME')
      ? ([size(0) * stride[0], size(1) * stride[1]] as const)
      : undefined
  const options = { stride, dilation, groups: node.int('group', 1) }
  const apply = (pads: Sides, outputPadding: Pair) =>
    asGiven(
      withBias(
        ops.convTranspose2d(asImage(x), asImage(w), { ...options, padding: pads, outputPadding }),
        node.optional(2),
      ),
      x,
    )
  if (wanted === undefined) return [apply(padding, extra)]
  // What is too much is cut off at both sides; what is missing is padded behind.
  const total = [0, 1].map((i) => stride[i] * (size(i) - 1) + extra[i] + dilation[i] * (kernel[i] - 1) + 1 - wanted[i])
  const less = total.map((t) => Math.floor(Math.max(0, t) / 2))
  const more = total.map((t, i) => Math.max(0, t) - less[i])
  const pads = auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less]
  const missing = total.map((t, i) => extra[i] + Math.max(0, -t)) as unknown as Pair
  return [apply(pads as unknown as Sides, missing)]
}

/** Whether our pooling says this window itself: padding up to half the kernel, nothing beyond. */
const isPlain = ({ kernel, padding, beyond }: Window) =>
  beyond.every((n) => n === 0) && padding.every((p, i) => 2 * p <= kernel[i % 2])

/** The image with its padding made of one value. */
const padded = (x: Tensor, [top, left, bottom, right]: Sides, [below, behind]: Pair, value: number) =>
  ops.pad(
    x,
    [
      [0, 0],
      [0, 0],
      [top, bottom + below],
      [left, right + behind],
    ],
    value,
  )

const kernelOf = (node: ImportNode) => node.ints('kernel_shape') ?? node.refuse('kernel_shape is missing.')

function maxPool(node: ImportNode): Tensor[] {
  const given = node.input(0)
  const window = windowOf(node, given, kernelOf(node))
  const x = ops.cast(asImage(given), given.dtype === 'f64' ? 'f64' : 'f32')
  const back = (y: Tensor) => ops.cast(asGiven(y, given), given.dtype)
  const { kernel, stride, dilation, padding } = window
  if (node.outputs > 1) {
    node.only('storage_order', 0)
    if (!isPlain(window)) node.refuse('places are told only where the padding is at most half the kernel.')
    return [
      back(ops.maxPool2d(x, window)),
      asGiven(ops.maxPool2dPlaces(x, { kernel, stride, dilation, pads: padding }), given),
    ]
  }
  if (isPlain(window)) return [back(ops.maxPool2d(x, window))]
  const wide = padded(x, padding, window.beyond, Number.NEGATIVE_INFINITY)
  return [back(ops.maxPool2d(wide, { kernel, stride, dilation }))]
}

function averagePool(node: ImportNode): Tensor[] {
  const given = node.input(0)
  const window = windowOf(node, given, kernelOf(node))
  const x = asImage(given)
  const countPadding = node.int('count_include_pad', 0) === 1
  if (isPlain(window)) return [asGiven(ops.avgPool2d(x, { ...window, countPadding }), given)]
  // The mean over all, divided by the part that counts.
  const { kernel, stride, dilation, padding, beyond } = window
  const pooled = (t: Tensor) => ops.avgPool2d(t, { kernel, stride, dilation })
  const ones = filled(1, [1, 1, ...x.shape.slice(2)], x.dtype)
  const counted = padded(padded(ones, padding, [0, 0], countPadding ? 1 : 0), [0, 0, 0, 0], beyond, 0)
  return [asGiven(ops.div(pooled(padded(x, padding, beyond, 0)), pooled(counted)), given)]
}

/** Over all axes behind the channels. */
const overAll =
  (f: (x: Tensor, options: ops.ReduceOptions) => Tensor): Import =>
  (node) => {
    const x = node.input(0)
    return [f(x, { axes: range(x.rank).slice(2), keepDims: true })]
  }

export const windows: ImportTable = {
  AveragePool: averagePool,
  Conv: conv,
  ConvTranspose: convTranspose,
  GlobalAveragePool: overAll(ops.mean),
  GlobalMaxPool: overAll(ops.max),
  MaxPool: maxPool,
}
