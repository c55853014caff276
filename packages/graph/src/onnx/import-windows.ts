import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import type { ImportNode } from './import-node.js'

type Sides = [number, number, number, number]

/** Kernel, stride, padding and dilation of a two-dimensional window, automatic padding worked out. */
function windowOf(node: ImportNode, image: readonly number[], kernel: readonly number[]) {
  if (image.length !== 4) node.refuse(`only images [N, C, H, W] are taken, not ${image.length} axes.`)
  node.only('ceil_mode', 0)
  const stride = node.ints('strides') ?? [1, 1]
  const dilation = node.ints('dilations') ?? [1, 1]
  const auto = node.string('auto_pad', 'NOTSET')
  let pads = (node.ints('pads') ?? [0, 0, 0, 0]) as Sides
  if (auto.startsWith('SAME')) {
    const total = [0, 1].map((i) => {
      const n = image[2 + i]
      return Math.max(0, (Math.ceil(n / stride[i]) - 1) * stride[i] + dilation[i] * (kernel[i] - 1) + 1 - n)
    })
    const less = total.map((t) => Math.floor(t / 2))
    const more = total.map((t) => Math.ceil(t / 2))
    pads = (auto === 'SAME_UPPER' ? [...less, ...more] : [...more, ...less]) as Sides
  } else if (auto === 'VALID') pads = [0, 0, 0, 0]
  const pair = (v: readonly number[]) => [v[0], v[1]] as const
  return { kernel: pair(kernel), stride: pair(stride), padding: pads, dilation: pair(dilation) }
}

const perChannel = (bias: Tensor) => ops.reshape(bias, [1, -1, 1, 1])
const withBias = (y: Tensor, bias: Tensor | undefined) => (bias === undefined ? y : ops.add(y, perChannel(bias)))

export function conv(node: ImportNode): Tensor[] {
  const [x, w] = [node.input(0), node.input(1)]
  const { kernel: _, ...window } = windowOf(node, x.shape, w.shape.slice(2))
  return [ops.conv2d(x, w, { ...window, groups: node.int('group', 1), bias: node.optional(2) })]
}

export function convTranspose(node: ImportNode): Tensor[] {
  const [x, w] = [node.input(0), node.input(1)]
  node.only('auto_pad', 'NOTSET')
  if (node.has('output_shape')) node.refuse('output_shape is not taken: give pads and output_padding.')
  const { kernel: _, ...window } = windowOf(node, x.shape, w.shape.slice(2))
  const outputPadding = (node.ints('output_padding') ?? [0, 0]) as unknown as [number, number]
  const y = ops.convTranspose2d(x, w, { ...window, groups: node.int('group', 1), outputPadding })
  return [withBias(y, node.optional(2))]
}

export function maxPool(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const window = windowOf(node, x.shape, node.ints('kernel_shape') ?? node.refuse('kernel_shape is missing.'))
  node.only('storage_order', 0)
  const { padding: pads, ...rest } = window
  const y = ops.maxPool2d(x, window)
  return node.outputs < 2 ? [y] : [y, ops.maxPool2dPlaces(x, { ...rest, pads })]
}

export function averagePool(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const window = windowOf(node, x.shape, node.ints('kernel_shape') ?? node.refuse('kernel_shape is missing.'))
  return [ops.avgPool2d(x, { ...window, countPadding: node.int('count_include_pad', 0) === 1 })]
}

export function globalPool(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const axes = x.shape.map((_, i) => i).slice(2)
  return [
    node.type === 'GlobalAveragePool' ? ops.mean(x, { axes, keepDims: true }) : ops.max(x, { axes, keepDims: true }),
  ]
}

export function resize(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const mode = node.string('mode', 'nearest')
  const sizes = node.known(3)
  const scales = node.known(2)
  const full = sizes?.data.length
    ? Array.from(sizes.data)
    : scales && x.shape.map((n, i) => Math.floor(n * scales.data[i]))
  if (full === undefined || x.rank !== 4 || full[0] !== x.shape[0] || full[1] !== x.shape[1])
    node.refuse('only rows and columns of images [N, C, H, W] are resized.')
  const where = node.string('coordinate_transformation_mode', 'half_pixel')
  node.only('antialias', 0)
  const size = [full[2], full[3]] as const
  if (mode === 'nearest' && where === 'asymmetric' && node.string('nearest_mode', 'round_prefer_floor') === 'floor')
    return [ops.resize2d(x, size, 'nearest')]
  if (mode === 'linear' && where === 'half_pixel') return [ops.resize2d(x, size, 'bilinear')]
  return node.refuse('only nearest (asymmetric, floor) and linear (half_pixel) are computed.')
}

export function batchNormalization(node: ImportNode): Tensor[] {
  node.only('training_mode', 0)
  const [x, gain, bias, mean, variance] = node.inputs
  const along = (t: Tensor) => ops.reshape(t, [1, -1, ...x.shape.slice(2).map(() => 1)])
  const scale = ops.div(gain, ops.sqrt(ops.add(variance, node.float('epsilon', 1e-5))))
  return [ops.add(ops.mul(x, along(scale)), along(ops.sub(bias, ops.mul(mean, scale))))]
}
