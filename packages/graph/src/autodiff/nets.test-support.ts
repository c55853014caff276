import type { NdArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { drawer } from '../ops/op-cases.test-support.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** A layer of a test network by its kind and argument, as `oracle/torch_nets.py` writes them. */
export type LayerCase = readonly [kind: string, argument: never]

/** Makes a parameter of a shape. */
type Param = (shape: Shape) => Tensor
type Build = (x: Tensor, argument: never, param: Param) => Tensor

const perChannel = (p: Tensor) => ops.reshape(p, [-1, 1, 1])
const linear = (x: Tensor, out: number, param: Param): Tensor => {
  const w = param([out, x.shape[x.rank - 1]])
  return ops.add(ops.matmul(x.rank === 1 ? ops.reshape(x, [1, -1]) : x, ops.transpose(w)), param([out]))
}

const activations: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  relu: ops.relu,
  tanh: ops.tanh,
  softplus: ops.softplus,
  silu: (x) => ops.mul(x, ops.sigmoid(x)),
  gelu: (x) => ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1)),
}

const layers: Readonly<Record<string, Build>> = {
  conv: (x, a: ops.Conv2dOptions & { out: number; kernel: number; groups: number }, param) => {
    const w = param([a.out, x.shape[1] / a.groups, a.kernel, a.kernel])
    return ops.add(ops.conv2d(x, w, a), perChannel(param([a.out])))
  },
  batchNorm: (x, _, param) => {
    const [gain, shift] = [param([x.shape[1]]), param([x.shape[1]])]
    return ops.add(ops.mul(ops.normalize(x, { axes: [0, 2, 3] }), perChannel(gain)), perChannel(shift))
  },
  layerNorm: (x, _, param) => {
    const [gain, shift] = [param([x.shape[x.rank - 1]]), param([x.shape[x.rank - 1]])]
    return ops.add(ops.mul(ops.normalize(x, { axes: -1 }), gain), shift)
  },
  act: (x, name: string) => activations[name](x),
  maxPool: (x, kernel: number) => ops.maxPool2d(x, { kernel, stride: 2, padding: 1 }),
  avgPool: (x, kernel: number) => ops.avgPool2d(x, { kernel }),
  upsample: (x, mode: ops.ResizeMode) => ops.resize2d(x, [2 * x.shape[2], 2 * x.shape[3]], mode),
  residual: (x, inner: readonly LayerCase[], param) => ops.add(x, runLayers(inner, x, param)),
  tokens: (x) => ops.transpose(ops.flatten(x, 2)),
  pool: (x) => ops.mean(x, { axes: 1 }),
  globalPool: (x) => ops.mean(x, { axes: [2, 3] }),
  linear: (x, out: number, param) => linear(x, out, param),
  attention: (x, heads: number, param) => {
    const [n, t, c] = x.shape
    const qkv = ops.reshape(linear(x, 3 * c, param), [n, t, 3, heads, c / heads])
    const [q, k, v] = [0, 1, 2].map((i) =>
      ops.transpose(ops.reshape(ops.slice(qkv, 2, i, i + 1), [n, t, heads, c / heads]), [0, 2, 1, 3]),
    )
    return linear(ops.reshape(ops.transpose(ops.attention(q, k, v), [0, 2, 1, 3]), [n, t, c]), c, param)
  },
}

export const runLayers = (list: readonly LayerCase[], x: Tensor, param: Param): Tensor =>
  list.reduce((y, [kind, argument]) => layers[kind](y, argument, param), x)

/** −log softmax at the labels, averaged. */
export const crossEntropy = (logits: Tensor, labels: Tensor): Tensor =>
  ops.neg(
    ops.mean(ops.sum(ops.mul(ops.logSoftmax(logits), ops.oneHot(labels, logits.shape[1], logits.dtype)), { axes: 1 })),
  )

/** Draws what a network of a seed is fed: image, labels, and parameters in the order they are asked for. */
export function netNumbers(seed: number, image: Shape, classes: number) {
  const draw = drawer(seed)
  const x = draw('any', image)
  const labels = draw(`${classes}`, [image[0]])
  const params = (shapes: readonly Shape[]): NdArray[] =>
    shapes.map((shape) => {
      const p = draw('any', shape)
      return { ...p, data: (p.data as Float64Array).map((v) => v * 0.3) }
    })
  return { x, labels, params }
}
