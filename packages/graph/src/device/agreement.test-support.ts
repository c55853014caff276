import { gradients } from '../autodiff/gradients.js'
import { isFloat } from '../dtype.js'
import { f32, type Graph, type TensorSpec, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { buildOp, drawer, opCases } from '../ops/op-cases.test-support.js'
import type { Tensor } from '../tensor.js'

/** An operation, and where it has them its gradients, with numbers to run it on. */
export interface OpGraph {
  readonly op: string
  readonly title: string
  readonly graph: Graph
  readonly feeds: readonly NdArray[]
}

/** All cases of PyTorch's oracle in f32, as the runtimes compute them, and graphs of sizes where the fast forms are taken. */
export const opGraphs = (): OpGraph[] => [
  ...oracleGraphs(),
  residualBlock(),
  wideConvolution('in blocks of channels', [1, 16, 16, 16], [32, 16, 3, 3]),
  wideConvolution('of many channels', [4, 128, 8, 8], [128, 128, 3, 3]),
  transformerBlock(),
]

/** A convolution and all gradients. */
function wideConvolution(title: string, image: number[], kernels: number[]): OpGraph {
  const shapes = [image, kernels, [kernels[0]]]
  const { graph } = trace(
    ([x, kernel, bias]) => {
      const y = ops.conv2d(x, kernel, { padding: [1, 0, 2, 1], bias })
      return [y, ...gradients(ops.sum(ops.square(y)), [x, kernel, bias])]
    },
    shapes.map((s) => f32(...s)),
  )
  return { op: 'conv2d', title: `a convolution ${title}`, graph, feeds: feedsOf(shapes) }
}

/** Normalised tokens, self-attention of two heads and a GELU, each beside a short cut, and all gradients. */
function transformerBlock(): OpGraph {
  const [N, T, W] = [3, 5, 8]
  const shapes = [[N, T, W], [W], [W], [W, 3 * W], [3 * W], [W, 2 * W], [2 * W], [2 * W, W]]
  const { graph } = trace(
    ([x, gain, bias, wide, b1, up, b2, down]) => {
      const norm = (t: Tensor) => ops.add(ops.mul(ops.normalize(t, { axes: -1, eps: 1e-3 }), gain), bias)
      const heads = (t: Tensor) => ops.transpose(ops.reshape(t, [N, T, 2, W / 2]), [0, 2, 1, 3])
      const [q, k, v] = ops.split(ops.add(ops.matmul(norm(x), wide), b1), [W, W, W], 2).map(heads)
      const h = ops.add(x, ops.reshape(ops.transpose(ops.attention(q, k, v), [0, 2, 1, 3]), [N, T, W]))
      const u = ops.add(ops.matmul(norm(h), up), b2)
      const gelu = ops.mul(ops.mul(u, 0.5), ops.add(ops.erf(ops.mul(u, Math.SQRT1_2)), 1))
      const y = ops.add(h, ops.matmul(gelu, down))
      return [y, ...gradients(ops.mean(ops.square(y)), [x, gain, bias, wide, b1, up, b2, down])]
    },
    shapes.map((s) => f32(...s)),
  )
  return { op: 'attention', title: 'a transformer block', graph, feeds: feedsOf(shapes) }
}

function feedsOf(shapes: readonly number[][]): NdArray[] {
  const draw = drawer(7)
  return shapes.map((s) => ndArray(Float32Array.from(draw('any', s).data), s))
}

/** A convolution with batch normalisation beside a normalised short cut, and all gradients. */
function residualBlock(): OpGraph {
  const shapes = [[8, 3, 32, 32], [3, 3, 3, 3], [3], [3], [8, 3, 32, 32]]
  const { graph } = trace(
    ([x, kernel, weight, bias, slope]) => {
      const along = (v: Tensor) => ops.reshape(v, [1, -1, 1, 1])
      const norm = (y: Tensor) => ops.add(ops.mul(ops.normalize(y, { axes: [0, 2, 3] }), along(weight)), along(bias))
      const h = ops.relu(ops.add(norm(ops.conv2d(x, kernel, { padding: 1 })), norm(x)))
      return [h, ...gradients(ops.mean(ops.mul(h, slope)), [x, kernel, weight, bias])]
    },
    shapes.map((s) => f32(...s)),
  )
  return { op: 'normalize', title: 'a residual block', graph, feeds: feedsOf(shapes) }
}

function oracleGraphs(): OpGraph[] {
  return opCases().map(({ op, seed, inputs, attrs, shape, grads }, i) => {
    const draw = drawer(seed)
    const single = (a: NdArray) => (a.dtype === 'f64' ? ndArray(Float32Array.from(a.data), a.shape) : a)
    const arrays = inputs.map(([kind, s]) => single(draw(kind, s)))
    const specs = arrays.map(({ dtype, shape: s }): TensorSpec => ({ spec: true, dtype, shape: s }))
    const { graph } = trace((xs) => {
      const y = buildOp[op](xs, attrs as never)
      if (grads.length === 0 || !isFloat(y.dtype)) return [y]
      const wrt: Tensor[] = grads.flatMap((g, k) => (g === null ? [] : [xs[k]]))
      return [y, ...gradients(ops.sum(ops.mul(y, ops.tanh(y))), wrt)]
    }, specs)
    return {
      op,
      title: `${op} #${i} ${JSON.stringify({ inputs: inputs.map(([, s]) => s), attrs, shape })}`,
      graph,
      feeds: arrays,
    }
  })
}

/** What differs by more than rounding; empty where all is well. */
export function disagreement({ title, graph, feeds }: OpGraph, results: readonly NdArray[]): string[] {
  const exact = interpret(graph, feeds, { precision: 'f64' })
  return exact.flatMap((expected, k) => {
    const actual = results[k] as NdArray
    const largest = Float64Array.from(expected.data).reduce(
      (m, v) => (Number.isFinite(v) ? Math.max(m, Math.abs(v)) : m),
      0,
    )
    const scale = 1 + largest
    const tolerance = isFloat(expected.dtype) ? 3e-5 * scale : 0
    if (actual.data.length !== expected.data.length || `${actual.shape}` !== `${expected.shape}`)
      return [`${title}: result ${k} has shape [${actual.shape}], not [${expected.shape}]`]
    for (let i = 0; i < expected.data.length; i++) {
      const [a, b] = [actual.data[i], expected.data[i]]
      if (!(Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance))
        return [`${title}: result ${k} is ${a} at ${i}, not ${b}`]
    }
    return []
  })
}
