import { ndArray } from '../nd-array.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { kernelGradient } from './kernel-gradient.js'
import type { Rule } from './rewrite.js'

/** Gradients of convolutions in the forms that ONNX Runtime computes fastest (measured, see bench/README.md). */
export const fastConvolution: Rule = (node, inputs) => {
  const a = node.attrs as unknown as Conv2dAttributes
  const [x, y] = inputs
  if (node.op.name === 'conv2dInput') return inputGradient(x, y, node.shape, a)
  return node.op.name === 'conv2dKernel' ? kernelGradient(x, y, node.shape, a) : undefined
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
  const [G, taps] = [a.groups, kH * kW]
  // Turned while the maps are innermost: long rows move, and both transpositions are of matrices.
  const turned = turn(ops.reshape(ops.transpose(ops.reshape(w, [G, M / G, Cg * taps])), [shape[1], taps, M / G]))
  const swapped = ops.reshape(ops.transpose(turned), [shape[1], M / G, kH, kW])
  return ops.conv2d(dy, swapped, { padding: pads, dilation: a.dilation, groups: G })
}

/** The middle of three axes in reverse. */
function turn(x: Tensor): Tensor {
  const n = x.shape[1]
  if (n === 1) return x
  const backwards = Float64Array.from({ length: n }, (_, i) => n - 1 - i)
  return ops.gather(x, constant(ndArray(backwards, [n], 'i64')), 1)
}
