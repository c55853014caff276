import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import { asTensor } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'

/**
 * The gradient of a convolution's kernel,
 * dw[m, c, u, v] = Σ_{n, i, j} dy[n, m, i, j] · x[n, c, i·stride + u·dilation − pad, j·stride + v·dilation − pad],
 * in the form that ONNX Runtime computes fastest (measured, see bench/README.md).
 */
export function kernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  if (a.groups > 1 && a.groups === x.shape[1]) return depthwise(x, dy, shape, a)
  return a.groups === 1 && a.dilation.every((d) => d === 1)
    ? asConvolution(x, dy, shape, a)
    : asProducts(x, dy, shape, a)
}

/**
 * As a convolution whose kernel is dy and whose channels are the images: with the channels of x innermost, a row of the image is
 * W · C long, dy steps through it by stride · C, and its 3 · C results are the taps (v, c) of the kernel's row u. The sum over all
 * places is long and would leave the caches, so it is cut into chunks of some images, a group each, added up afterwards.
 */
function asConvolution(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  const [N, C, H, W] = x.shape
  const [, , oH, oW] = dy.shape
  const [M, , kH, kW] = shape
  const n = imagesOfChunk(N, oH * oW, 4096)
  const B = N / n
  // What dy needs of the image to make kH × kW results: less than there is where a stride leaves a rest.
  const [top, left] = a.pads
  const [rows, columns] = [(oH - 1) * a.stride[0] + kH - top, (oW - 1) * a.stride[1] + kW - left]
  // All that dy meets is padding.
  if (rows <= 0 || columns <= 0) return ops.expand(asTensor(0, x.dtype), shape)
  const seen = ops.slice(ops.slice(x, 2, 0, Math.min(H, rows)), 3, 0, Math.min(W, columns))
  const image = ops.reshape(ops.transpose(seen, [0, 2, 3, 1]), [1, N, seen.shape[2], seen.shape[3] * C])
  const slopes = ops.transpose(ops.reshape(dy, [B, n, M, oH * oW]), [0, 2, 1, 3])
  const chunks = ops.conv2d(image, ops.reshape(slopes, [B * M, n, oH, oW]), {
    padding: [top, left * C, Math.max(0, rows - H), Math.max(0, columns - W) * C],
    dilation: [a.stride[0], a.stride[1] * C],
    groups: B,
  })
  const whole = ops.sum(ops.reshape(chunks, [B, M, kH * kW, C]), { axes: 0 })
  return ops.reshape(ops.transpose(whole, [0, 2, 1]), shape)
}

const padImage = (x: Tensor, [top, left, bottom, right]: Conv2dAttributes['pads']) =>
  ops.pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ])

/** For each (u, v) a product of matrices, of dy by channel with a slice of the padded image; in chunks, as above. */
function asProducts(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  const [N, , oH, oW] = dy.shape
  const [M, Cg, kH, kW] = shape
  const [G, P] = [a.groups, oH * oW]
  const n = imagesOfChunk(N, P, 1024)
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

/** As few images as make a sum over so many places; a divisor of their number. */
function imagesOfChunk(images: number, places: number, wanted: number): number {
  for (let n = 1; n < images; n++) if (images % n === 0 && n * places >= wanted) return n
  return images
}

/** One kernel a channel: a convolution of each (image, channel) with its own dy as the kernel, stride and dilation changing places. */
function depthwise(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
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
