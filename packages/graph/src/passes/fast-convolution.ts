import { ndArray } from '../nd-array.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { constant } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** Gradients of convolutions in the forms that ONNX Runtime computes fastest (measured, see bench/README.md). */
export const fastConvolution: Rule = (node, inputs) => {
  const a = node.attrs as unknown as Conv2dAttributes
  const [x, y] = inputs
  if (node.op.name === 'conv2dInput') return inputGradient(x, y, node.shape, a)
  if (node.op.name !== 'conv2dKernel') return undefined
  if (a.groups > 1 && a.groups === x.shape[1]) return depthwiseKernelGradient(x, y, node.shape, a)
  return kernelGradient(x, y, node.shape, a)
}

/**
 * With stride 1 the image's gradient is a convolution of dy with the kernel turned by 180° and its channels swapped; the
 * padding becomes what is left of the kernel's reach. Undefined where that would be negative, or with strides.
 */
function inputGradient(dy: Tensor, w: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor | undefined {
  const [M, Cg, kH, kW] = w.shape
  const [top, left, bottom, right] = a.pads
  const reach = [a.dilation[0] * (kH - 1), a.dilation[1] * (kW - 1)]
  const pads = [reach[0] - top, reach[1] - left, reach[0] - bottom, reach[1] - right] as const
  if (a.stride.some((s) => s !== 1) || pads.some((p) => p < 0)) return undefined
  const G = a.groups
  const turned = ops.reshape(turn(ops.reshape(w, [M, Cg, kH * kW])), [G, M / G, Cg, kH, kW])
  const swapped = ops.reshape(ops.transpose(turned, [0, 2, 1, 3, 4]), [shape[1], M / G, kH, kW])
  return ops.conv2d(dy, swapped, { padding: pads, dilation: a.dilation, groups: G })
}

/** The last axis in reverse. */
function turn(x: Tensor): Tensor {
  const n = x.shape[x.rank - 1]
  if (n === 1) return x
  const backwards = constant(
    ndArray(
      Float64Array.from({ length: n }, (_, i) => n - 1 - i),
      [n],
      'i64',
    ),
  )
  return ops.gather(x, backwards, x.rank - 1)
}

const padImage = (x: Tensor, [top, left, bottom, right]: Conv2dAttributes['pads']) =>
  ops.pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ])

/**
 * dw[m, c, u, v] = Σ_{n, i, j} dy[n, m, i, j] · x[n, c, i·stride + u·dilation − pad, …]: for each (u, v) a product of matrices,
 * of dy by channel with a slice of the padded image. The sum over all places is long and the result small, which leaves threads
 * and caches idle, so it is cut into chunks of some images, one product each, added up afterwards.
 */
function kernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  const [N, , oH, oW] = dy.shape
  const [M, Cg, kH, kW] = shape
  const [G, P] = [a.groups, oH * oW]
  const n = imagesOfChunk(N, P)
  const B = N / n
  const slopes = ops.reshape(ops.transpose(ops.reshape(dy, [B, n, G, M / G, P]), [0, 2, 3, 1, 4]), [B, G, M / G, n * P])
  const image = ops.transpose(padImage(x, a.pads), [0, 2, 3, 1])
  const products: Tensor[] = []
  for (let u = 0; u < kH; u++) {
    const r = u * a.dilation[0]
    const rows = ops.slice(image, 1, r, r + (oH - 1) * a.stride[0] + 1, a.stride[0])
    for (let v = 0; v < kW; v++) {
      const s = v * a.dilation[1]
      const seen = ops.slice(rows, 2, s, s + (oW - 1) * a.stride[1] + 1, a.stride[1])
      const columns = ops.transpose(ops.reshape(seen, [B, n * P, G, Cg]), [0, 2, 1, 3])
      const chunks = ops.matmul(slopes, columns)
      products.push(ops.reshape(ops.sum(chunks, { axes: 0 }), [M, Cg, 1]))
    }
  }
  return ops.reshape(ops.concat(products, 2), shape)
}

/** As few images as make a sum of a thousand places; a divisor of their number. */
function imagesOfChunk(images: number, places: number): number {
  for (let n = 1; n < images; n++) if (images % n === 0 && n * places >= 1024) return n
  return images
}

/** One kernel a channel: a convolution of each (image, channel) with its own dy as the kernel, stride and dilation changing places. */
function depthwiseKernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  const [N, C, H, W] = x.shape
  const [, M, oH, oW] = dy.shape
  const [, , kH, kW] = shape
  const each = ops.conv2d(ops.reshape(x, [1, N * C, H, W]), ops.reshape(dy, [N * M, 1, oH, oW]), {
    padding: a.pads,
    stride: a.dilation,
    dilation: a.stride,
    groups: N * C,
  })
  // Where the stride leaves a rest of the image unseen, the convolution has more places than the kernel.
  const inside = ops.slice(ops.slice(each, 2, 0, kH), 3, 0, kW)
  return ops.reshape(ops.sum(ops.reshape(inside, [N, M, kH, kW]), { axes: 0 }), shape)
}
