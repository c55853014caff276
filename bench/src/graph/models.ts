import { type RandomStream, randomStream } from '@epipole/core'
import {
  add,
  attention,
  concat,
  conv2d,
  div,
  erf,
  expand,
  matmul,
  mean,
  moments,
  mul,
  type NdArray,
  ndArray,
  normalize,
  relu,
  reshape,
  slice,
  sqrt,
  sub,
  type Tensor,
  transpose,
} from '@epipole/graph'

export type Arrays = Record<string, NdArray>
export type Tensors = Record<string, Tensor>

/** A network written with graph operations alone, as PyTorch's side of the benchmark (`torch_side.py`) writes it with modules. */
export interface Model {
  readonly name: string
  readonly input: readonly number[]
  readonly optimizer: 'sgd' | 'adam'
  readonly weights: Arrays
  /** Running means and variances of batch normalisation. */
  readonly statistics: Arrays
  /** Logits, and the next statistics where it trains. */
  forward(weights: Tensors, statistics: Tensors, x: Tensor, training: boolean): { logits: Tensor; statistics: Tensors }
}

const size = (shape: readonly number[]) => shape.reduce((a, b) => a * b, 1)
const full = (shape: number[], value: number) => ndArray(new Float32Array(size(shape)).fill(value), shape)

class Builder {
  readonly weights: Arrays = {}
  readonly statistics: Arrays = {}
  readonly #random: RandomStream = randomStream(1)

  normal(name: string, shape: number[], deviation: number): void {
    this.weights[name] = ndArray(
      Float32Array.from({ length: size(shape) }, () => deviation * this.#random.normal()),
      shape,
    )
  }
  conv(name: string, from: number, to: number, kernel: number): void {
    this.normal(name, [to, from, kernel, kernel], Math.sqrt(2 / (from * kernel * kernel)))
  }
  linear(name: string, from: number, to: number): void {
    this.normal(`${name}.weight`, [from, to], Math.sqrt(1 / from))
    this.weights[`${name}.bias`] = full([to], 0)
  }
  norm(name: string, channels: number): void {
    this.weights[`${name}.weight`] = full([channels], 1)
    this.weights[`${name}.bias`] = full([channels], 0)
  }
  batchNorm(name: string, channels: number): void {
    this.norm(name, channels)
    this.statistics[`${name}.mean`] = full([channels], 0)
    this.statistics[`${name}.variance`] = full([channels], 1)
  }
}

/** The parts of a forward pass, and the statistics it leaves. */
class Pass {
  readonly next: Tensors = {}
  readonly w: Tensors
  readonly #before: Tensors
  readonly #training: boolean
  constructor(weights: Tensors, statistics: Tensors, training: boolean) {
    this.w = weights
    this.#before = statistics
    this.#training = training
  }

  batchNorm(name: string, x: Tensor): Tensor {
    const along = (t: Tensor) => reshape(t, [1, -1, 1, 1])
    const [gain, bias] = [this.w[`${name}.weight`], this.w[`${name}.bias`]]
    const [mean0, variance0] = [this.#before[`${name}.mean`], this.#before[`${name}.variance`]]
    if (!this.#training) {
      const scale = div(gain, sqrt(add(variance0, 1e-5)))
      return add(mul(x, along(scale)), along(sub(bias, mul(mean0, scale))))
    }
    const over = { axes: [0, 2, 3] }
    const { mean: m, variance: v } = moments(x, over)
    const n = x.shape[0] * x.shape[2] * x.shape[3]
    this.next[`${name}.mean`] = add(mul(mean0, 0.9), mul(m, 0.1))
    this.next[`${name}.variance`] = add(mul(variance0, 0.9), mul(v, (0.1 * n) / (n - 1)))
    return add(mul(normalize(x, over), along(gain)), along(bias))
  }
  layerNorm(name: string, x: Tensor): Tensor {
    return add(mul(normalize(x, { axes: -1, eps: 1e-6 }), this.w[`${name}.weight`]), this.w[`${name}.bias`])
  }
  linear(name: string, x: Tensor): Tensor {
    return add(matmul(x, this.w[`${name}.weight`]), this.w[`${name}.bias`])
  }
}

/** Six 3 × 3 convolutions with batch normalisation and ReLU. */
export function cnn(): Model {
  const layers = [
    [3, 64, 1],
    [64, 64, 1],
    [64, 128, 2],
    [128, 128, 1],
    [128, 256, 2],
    [256, 256, 1],
  ] as const
  const b = new Builder()
  layers.forEach(([from, to], i) => {
    b.conv(`conv${i}`, from, to, 3)
    b.batchNorm(`norm${i}`, to)
  })
  b.linear('head', 256, 10)
  return {
    name: 'CNN, 6 layers, batch 64',
    input: [64, 3, 32, 32],
    optimizer: 'sgd',
    weights: b.weights,
    statistics: b.statistics,
    forward(weights, statistics, x, training) {
      const p = new Pass(weights, statistics, training)
      let h = x
      layers.forEach(([, , stride], i) => {
        h = relu(p.batchNorm(`norm${i}`, conv2d(h, p.w[`conv${i}`], { stride, padding: 1 })))
      })
      return { logits: p.linear('head', mean(h, { axes: [2, 3] })), statistics: p.next }
    },
  }
}

/** ResNet-18 (He et al. 2016) with the stem for small images: one 3 × 3 convolution, no pooling. */
export function resnet18(): Model {
  const b = new Builder()
  b.conv('stem', 3, 64, 3)
  b.batchNorm('stemNorm', 64)
  const blocks: { name: string; stride: number; project: boolean }[] = []
  let from = 64
  ;[64, 128, 256, 512].forEach((to, stage) => {
    for (let i = 0; i < 2; i++) {
      const name = `stage${stage}.${i}`
      const stride = stage > 0 && i === 0 ? 2 : 1
      b.conv(`${name}.conv1`, from, to, 3)
      b.batchNorm(`${name}.norm1`, to)
      b.conv(`${name}.conv2`, to, to, 3)
      b.batchNorm(`${name}.norm2`, to)
      if (from !== to) {
        b.conv(`${name}.project`, from, to, 1)
        b.batchNorm(`${name}.projectNorm`, to)
      }
      blocks.push({ name, stride, project: from !== to })
      from = to
    }
  })
  b.linear('head', 512, 10)
  return {
    name: 'ResNet-18, batch 32',
    input: [32, 3, 32, 32],
    optimizer: 'sgd',
    weights: b.weights,
    statistics: b.statistics,
    forward(weights, statistics, x, training) {
      const p = new Pass(weights, statistics, training)
      let h = relu(p.batchNorm('stemNorm', conv2d(x, p.w.stem, { padding: 1 })))
      for (const { name, stride, project } of blocks) {
        const inner = relu(p.batchNorm(`${name}.norm1`, conv2d(h, p.w[`${name}.conv1`], { stride, padding: 1 })))
        const outer = p.batchNorm(`${name}.norm2`, conv2d(inner, p.w[`${name}.conv2`], { padding: 1 }))
        const short = project ? p.batchNorm(`${name}.projectNorm`, conv2d(h, p.w[`${name}.project`], { stride })) : h
        h = relu(add(outer, short))
      }
      return { logits: p.linear('head', mean(h, { axes: [2, 3] })), statistics: p.next }
    },
  }
}

const gelu = (x: Tensor) => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))

/** ViT-Tiny (Dosovitskiy et al. 2021; Touvron et al. 2021): width 192, 12 blocks, 3 heads, a class token. */
export function vitTiny(): Model {
  const [width, depth, heads, patch, batch] = [192, 12, 3, 4, 64]
  const side = 32 / patch
  const tokens = side * side + 1
  const b = new Builder()
  b.linear('embed', 3 * patch * patch, width)
  b.normal('class', [1, 1, width], 0.02)
  b.normal('position', [1, tokens, width], 0.02)
  for (let i = 0; i < depth; i++) {
    b.norm(`block${i}.norm1`, width)
    b.linear(`block${i}.qkv`, width, 3 * width)
    b.linear(`block${i}.proj`, width, width)
    b.norm(`block${i}.norm2`, width)
    b.linear(`block${i}.fc1`, width, 4 * width)
    b.linear(`block${i}.fc2`, 4 * width, width)
  }
  b.norm('norm', width)
  b.linear('head', width, 10)
  return {
    name: 'ViT-Tiny, patch 4, batch 64',
    input: [batch, 3, 32, 32],
    optimizer: 'adam',
    weights: b.weights,
    statistics: {},
    forward(weights, statistics, x, training) {
      const p = new Pass(weights, statistics, training)
      const patches = transpose(reshape(x, [batch, 3, side, patch, side, patch]), [0, 2, 4, 1, 3, 5])
      const embedded = p.linear('embed', reshape(patches, [batch, side * side, 3 * patch * patch]))
      let h = add(concat([expand(p.w.class, [batch, 1, width]), embedded], 1), p.w.position)
      for (let i = 0; i < depth; i++) {
        const qkv = p.linear(`block${i}.qkv`, p.layerNorm(`block${i}.norm1`, h))
        const split = transpose(reshape(qkv, [batch, tokens, 3, heads, width / heads]), [2, 0, 3, 1, 4])
        const [q, k, v] = [0, 1, 2].map((j) =>
          reshape(slice(split, 0, j, j + 1), [batch, heads, tokens, width / heads]),
        )
        const seen = reshape(transpose(attention(q, k, v), [0, 2, 1, 3]), [batch, tokens, width])
        h = add(h, p.linear(`block${i}.proj`, seen))
        const wide = gelu(p.linear(`block${i}.fc1`, p.layerNorm(`block${i}.norm2`, h)))
        h = add(h, p.linear(`block${i}.fc2`, wide))
      }
      const first = reshape(slice(p.layerNorm('norm', h), 1, 0, 1), [batch, width])
      return { logits: p.linear('head', first), statistics: {} }
    },
  }
}

/** 784-512-512-10. */
export function mlp(): Model {
  const sizes = [784, 512, 512, 10]
  const b = new Builder()
  sizes.slice(1).forEach((to, i) => {
    b.linear(`fc${i}`, sizes[i], to)
  })
  return {
    name: 'MLP 784-512-512-10, batch 128',
    input: [128, 784],
    optimizer: 'sgd',
    weights: b.weights,
    statistics: {},
    forward(weights, statistics, x, training) {
      const p = new Pass(weights, statistics, training)
      return { logits: p.linear('fc2', relu(p.linear('fc1', relu(p.linear('fc0', x))))), statistics: {} }
    },
  }
}

export const models = { cnn, resnet18, vitTiny, mlp }
