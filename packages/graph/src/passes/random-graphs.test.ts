import { type RandomStream, randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { optimize } from './optimize.js'

// What passes look for, composed at random: chains that broadcast, are shared, end in outputs, and both their derivatives.

type Shapes = readonly (readonly number[])[]
/** Inputs' shapes, and from what there is already and the inputs to one tensor more. */
interface Kind {
  shapes(random: RandomStream): Shapes
  next(made: readonly Tensor[], inputs: readonly Tensor[], random: RandomStream): Tensor
}

const oneOf = <T>(random: RandomStream, list: readonly T[]): T => list[random.int(list.length)]
const normal = (random: RandomStream, shape: readonly number[]) =>
  ndArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )

/** Images large enough for forms by channel; some have one channel or one image, which others repeat. */
const images: Kind = {
  shapes(random) {
    const [N, C] = [1 + random.int(2), 1 + random.int(3)]
    const size = oneOf(random, [
      [8, 16],
      [1, 130],
      [3, 4],
    ])
    return [[N, C, ...size], [N, 1, ...size], [1, C, ...size], [C, 1, 1], [1, C, 1, 1], [], [C, C, 1, 3]]
  },
  next(made, [image, , , a, b, c, kernel], random) {
    const [x, y] = [oneOf(random, made), oneOf(random, made)]
    const fixed = constant(normal(random, oneOf(random, [a, b, c]).shape))
    const v = () => oneOf(random, [a, b, c, fixed])
    const norm = () => ops.normalize(x, { axes: [0, 2, 3], eps: 0.1 })
    return oneOf(random, [
      () => ops.mul(v(), x),
      () => ops.add(x, v()),
      () => ops.sub(v(), x),
      () => ops.sub(x, y),
      () => ops.mul(ops.tanh(x), y),
      () => ops.relu(x),
      () => ops.add(ops.mul(norm(), v()), v()),
      () => ops.add(x, ops.mean(ops.mul(x, y), { axes: [0, 2, 3], keepDims: true })),
      () => ops.conv2d(ops.add(image, ops.tanh(x)), kernel, { padding: [0, 1], bias: ops.reshape(a, [-1]) }),
      () =>
        ops.add(ops.mul(ops.conv2d(image, constant(normal(random, kernel.shape)), { padding: [0, 1] }), fixed), fixed),
    ])()
  },
}

/** Tokens [N, T, W], any of them 1. */
const tokens: Kind = {
  shapes(random) {
    const [N, T, W] = [1 + random.int(2), oneOf(random, [1, 2, 4]), oneOf(random, [1, 3, 4])]
    return [[N, T, W], [N, T, W], [W], [T, W], [1, T, 1], [W, 2 * W], [N * T, W]]
  },
  next(made, [{ shape }, , a, b, c, weights, moment], random) {
    const [N, T, W] = shape
    const [x, y] = [oneOf(random, made), oneOf(random, made)]
    const v = () => oneOf(random, [a, b, c])
    const norm = () => ops.normalize(x, { axes: oneOf(random, [[-1], [-2, -1], [1]]), eps: 0.1 })
    const turn = (t: Tensor) => ops.transpose(t, [2, 0, 1])
    const [left, right] = ops.split(ops.matmul(x, weights), [W, W], 2)
    return oneOf(random, [
      norm,
      () => ops.add(ops.mul(v(), norm()), v()),
      () => ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 1)),
      () => ops.mul(x, ops.mul(0.5, ops.add(1, ops.erf(ops.div(x, Math.SQRT2))))),
      () => ops.add(ops.tanh(left), ops.mul(right, 0.3)),
      () => ops.reshape(ops.add(ops.reshape(ops.add(left, right), [N * T, W]), ops.mul(moment, -0.5)), shape),
      () => ops.attention(x, y, left),
      () => ops.add(x, ops.sum(y, { axes: [0, 1] })),
      () => ops.concat(ops.split(x, [T - 1, 1], 1).reverse(), 1),
      () => ops.transpose(ops.add(ops.mul(ops.tanh(turn(x)), turn(y)), ops.max(turn(y), { axes: 0 })), [1, 2, 0]),
      () => ops.mul(ops.relu(x), y),
    ])()
  },
}

test.each([
  ['images', images, 40],
  ['tokens', tokens, 80],
] as const)('random graphs of %s with both derivatives keep their values', (_, kind, runs) => {
  const random = randomStream(3)
  for (let run = 0; run < runs; run++) {
    const shapes = kind.shapes(random)
    const before = trace(
      (inputs) => {
        const made = inputs.slice(0, 2)
        for (let i = 2 + random.int(5); i > 0; i--) made.push(kind.next(made, inputs, random))
        const size = (t: Tensor) => ops.mean(ops.square(ops.tanh(t)))
        const first = gradients(size(made[made.length - 1]), inputs)
        const second = run % 2 === 0 ? gradients(first.map(size).reduce(ops.add), inputs) : []
        return [made[made.length - 1], oneOf(random, made), ...first, ...second]
      },
      shapes.map((s) => f32(...s)),
    ).graph
    const feeds = shapes.map((s) => normal(random, s))
    const [a, b] = [before, optimize(before)].map((graph) => interpret(graph, feeds, { precision: 'f64' }))
    a.forEach(({ shape, data }, k) => {
      const what = `graph ${run} of ${JSON.stringify(shapes)}, result ${k}`
      expect(b[k].shape, what).toEqual(shape)
      const largest = Float64Array.from(data).reduce((m, v) => Math.max(m, Math.abs(v)), 1e-3)
      data.forEach((v, i) => {
        // (What is computed from constants alone is rounded to f32.)
        if (!(Math.abs(v - b[k].data[i]) < 1e-5 * largest)) expect.fail(`${what} at ${i}: ${v} became ${b[k].data[i]}`)
      })
    })
  }
})
