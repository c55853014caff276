import { type RandomStream, randomStream } from '@epipole/core'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'

type Step = (x: Tensor, other: Tensor, random: RandomStream) => Tensor | undefined

const oneOf = <T>(random: RandomStream, list: readonly T[]): T => list[random.int(list.length)]
const axisOf = (x: Tensor, random: RandomStream) => random.int(Math.max(1, x.rank))
const positive = (x: Tensor) => ops.add(ops.square(x), 0.5)
const fits = (a: Tensor, b: Tensor) => {
  const rank = Math.min(a.rank, b.rank)
  const [m, n] = [a, b].map((t) => t.shape.slice(t.rank - rank))
  return m.every((size, i) => size === n[i] || size === 1 || n[i] === 1)
}
const both =
  (f: (a: Tensor, b: Tensor) => Tensor): Step =>
  (x, other) =>
    fits(x, other) ? f(x, other) : undefined
const image =
  (f: (x: Tensor) => Tensor): Step =>
  (x) =>
    x.rank === 4 && x.shape[2] > 1 && x.shape[3] > 1 ? f(x) : undefined
const axed =
  (f: (x: Tensor, axis: number, random: RandomStream) => Tensor): Step =>
  (x, _, random) =>
    x.rank > 0 ? f(x, axisOf(x, random), random) : undefined

/** What a graph may do next with a tensor and another one; undefined where it does not apply. Values stay moderate. */
export const steps: Readonly<Record<string, Step>> = {
  add: both(ops.add),
  sub: both(ops.sub),
  mul: both((a, b) => ops.mul(ops.tanh(a), b)),
  div: both((a, b) => ops.div(a, positive(b))),
  pow: both((a, b) => ops.pow(positive(ops.sin(a)), ops.tanh(b))),
  maximum: both(ops.maximum),
  minimum: both(ops.minimum),
  where: both((a, b) => ops.where(ops.greater(a, b), ops.sin(a), ops.square(ops.tanh(b)))),
  matmul: (a, b) =>
    a.rank > 1 && b.rank > 1 && a.rank + b.rank < 6
      ? ops.matmul(ops.tanh(a), a.shape.at(-1) === b.shape.at(-2) ? b : ops.transpose(ops.sin(a)))
      : undefined,
  exp: (x) => ops.exp(ops.sin(x)),
  log: (x) => ops.log(positive(x)),
  sqrt: (x) => ops.sqrt(positive(x)),
  log1p: (x) => ops.log1p(ops.square(x)),
  expm1: (x) => ops.expm1(ops.tanh(x)),
  sin: ops.sin,
  cos: ops.cos,
  tanh: ops.tanh,
  sigmoid: ops.sigmoid,
  softplus: ops.softplus,
  relu: ops.relu,
  abs: ops.abs,
  erf: ops.erf,
  clamp: (x) => ops.clamp(x, { min: -0.6, max: 0.9 }),
  sum: axed((x, axis, random) => ops.tanh(ops.sum(x, { axes: axis, keepDims: random.float() < 0.5 }))),
  mean: axed((x, axis, random) => ops.mean(x, { axes: axis, keepDims: random.float() < 0.5 })),
  max: axed((x, axis) => ops.max(x, { axes: axis })),
  min: axed((x, axis) => ops.min(x, { axes: axis, keepDims: true })),
  logSumExp: axed((x, axis) => ops.logSumExp(x, { axes: axis, keepDims: true })),
  normalize: axed((x, axis) => ops.normalize(x, { axes: axis, eps: 0.1 })),
  softmax: axed(ops.softmax),
  logSoftmax: axed(ops.logSoftmax),
  cumsum: axed((x, axis, random) => ops.cumsum(ops.sin(x), axis, { reverse: random.float() < 0.5 })),
  slice: axed((x, axis, random) => ops.slice(x, axis, 0, undefined, 1 + random.int(2))),
  pad: axed((x, axis, random) =>
    ops.pad(
      x,
      x.shape.map((_, i) => (i === axis ? [random.int(2), 1] : [0, 0])),
    ),
  ),
  concat: axed((x, axis) => ops.concat([x, ops.sin(x)], axis)),
  transpose: (x) => (x.rank > 1 ? ops.transpose(x) : undefined),
  reshape: (x) => ops.reshape(x, [-1]),
  gather: axed((x, axis, random) => {
    const places = Array.from({ length: 3 }, () => random.int(x.shape[axis]))
    return ops.gather(x, constant(ndArray(places, [3], 'i64')), axis)
  }),
  conv2d: image((x) => {
    const kernel = ops.slice(ops.slice(ops.sin(x), 2, 0, 2), 3, 0, 2)
    return ops.tanh(ops.conv2d(x, ops.mean(kernel, { axes: 0, keepDims: true }), { padding: 1, stride: [2, 1] }))
  }),
  maxPool2d: image((x) => ops.maxPool2d(x, { kernel: 2, stride: 1 })),
  avgPool2d: image((x) => ops.avgPool2d(x, { kernel: 2, stride: 1, padding: 1 })),
  resize2d: image((x) => ops.resize2d(x, [3, 2])),
}

/** A scalar function of a few inputs, composed of four to eleven random steps. */
export function randomGraph(random: RandomStream): {
  shapes: Shape[]
  f: (xs: readonly Tensor[]) => Tensor
  used: string[]
} {
  const shapes = Array.from({ length: 1 + random.int(3) }, () =>
    oneOf<Shape>(random, [[], [3], [1], [2, 3], [3, 1], [2, 1, 3], [2, 2, 2], [1, 2, 3, 4], [2, 1, 4, 3]]),
  )
  const used: string[] = []
  const seed = random.int(2 ** 31)
  const f = (xs: readonly Tensor[]): Tensor => {
    // (The same choices for each trace of this function.)
    const choice = randomStream(seed)
    const made = [...xs]
    used.length = 0
    for (let i = 4 + choice.int(8); i > 0; ) {
      const recent = made[Math.max(0, made.length - 1 - choice.int(3))]
      const name = oneOf(choice, Object.keys(steps))
      const y = steps[name](recent, oneOf(choice, made), choice)
      if (y === undefined || sizeOf(y.shape) > 200 || sizeOf(y.shape) === 0) continue
      made.push(y)
      used.push(name)
      i--
    }
    return made.slice(-3).reduce((loss, t, i) => ops.add(loss, ops.mean(ops.mul(ops.sin(t), i + 1))), xsMean(xs))
  }
  return { shapes, f, used }
}
const xsMean = (xs: readonly Tensor[]) => xs.map((x) => ops.mean(ops.square(x))).reduce((a, b) => ops.add(a, b))
