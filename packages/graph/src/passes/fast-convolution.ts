import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** Gradients of convolutions in the forms that ONNX Runtime computes fastest (measured, see bench/README.md). */
export const fastConvolution: Rule = (node, inputs) => {
  const a = node.attrs as unknown as Conv2dAttributes
  if (node.op.name === 'conv2dKernel') return kernelGradient(inputs[0] as Tensor, inputs[1] as Tensor, node.shape, a)
  return undefined
}

/** dw[m, c, u, v] = Σ_{n, i, j} dy[n, m, i, j] · x[n, c, i·stride + u·dilation − pad, …]: a product of matrices for each (u, v). */
function kernelGradient(x: Tensor, dy: Tensor, shape: readonly number[], a: Conv2dAttributes): Tensor {
  const [N, , oH, oW] = dy.shape
  const [M, Cg, kH, kW] = shape
  const G = a.groups
  const [top, left, bottom, right] = a.pads
  const padded = ops.pad(x, [
    [0, 0],
    [0, 0],
    [top, bottom],
    [left, right],
  ])
  const P = oH * oW
  const left3 = ops.reshape(ops.transpose(ops.reshape(dy, [N, G, M / G, P]), [1, 2, 0, 3]), [G, M / G, N * P])
  const byChannel = ops.transpose(padded, [0, 2, 3, 1])
  const products: Tensor[] = []
  for (let u = 0; u < kH; u++) {
    for (let v = 0; v < kW; v++) {
      const [r, s] = [u * a.dilation[0], v * a.dilation[1]]
      const rows = ops.slice(byChannel, 1, r, r + (oH - 1) * a.stride[0] + 1, a.stride[0])
      const part = ops.slice(rows, 2, s, s + (oW - 1) * a.stride[1] + 1, a.stride[1])
      const right3 = ops.transpose(ops.reshape(part, [N * P, G, Cg]), [1, 0, 2])
      products.push(ops.reshape(ops.matmul(left3, right3), [M, Cg]))
    }
  }
  return ops.reshape(ops.stack(products, 2), shape)
}
