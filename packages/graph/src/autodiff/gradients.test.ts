import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { f32, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { gradients } from './gradients.js'

/** Analytic and central-difference gradients of Σ c·f(x) in f64, c random. */
function check(shapes: number[][], f: (...xs: Tensor[]) => Tensor, positive = false) {
  const random = randomStream(1)
  const specs = shapes.map((s) => f32(...s))
  const values: NdArray[] = shapes.map((s) =>
    ndArray(
      Float64Array.from({ length: sizeOf(s) }, () => (positive ? random.uniform(0.5, 2) : random.normal())),
      s,
      'f32',
    ),
  )
  const data = values.map((v) => Float64Array.from(v.data))
  const feeds = data.map((d, i): NdArray => ({ dtype: 'f32', shape: shapes[i], data: d }))
  const { graph } = trace((xs) => {
    const y = f(...xs)
    const weights = ops.cos(ops.mul(y, 0.3))
    const loss = ops.sum(ops.mul(y, weights))
    return [loss, ...gradients(loss, xs)]
  }, specs)
  const at = () => interpret(graph, feeds, { precision: 'f64' })
  const [, ...analytic] = at()
  const h = 1e-5
  data.forEach((x, i) => {
    for (let k = 0; k < x.length; k++) {
      const kept = x[k]
      x[k] = kept + h
      const up = at()[0].data[0]
      x[k] = kept - h
      const down = at()[0].data[0]
      x[k] = kept
      expect(Math.abs((up - down) / (2 * h) - analytic[i].data[k])).toBeLessThan(
        1e-6 * (1 + Math.abs(analytic[i].data[k])),
      )
    }
  })
}

describe('gradients agree with central differences', () => {
  test('arithmetic with broadcasting', () => {
    check([[2, 3], [3]], ops.add)
    check(
      [
        [2, 3],
        [2, 1],
      ],
      ops.mul,
    )
    check(
      [
        [2, 3],
        [1, 3],
      ],
      ops.div,
      true,
    )
    check([[2, 3], []], ops.pow, true)
    check([[4], [4]], ops.maximum)
  })
  test('matrices, with a repeated batch', () =>
    check(
      [
        [2, 2, 3],
        [3, 2],
      ],
      ops.matmul,
    ))
  test('convolution with stride, padding, dilation and groups', () => {
    check(
      [
        [2, 4, 5, 6],
        [6, 2, 3, 2],
      ],
      (x, w) => ops.conv2d(x, w, { stride: [2, 1], padding: [1, 0, 2, 1], dilation: [1, 2], groups: 2 }),
    )
    check(
      [
        [1, 4, 3, 3],
        [4, 2, 3, 3],
      ],
      (x, w) => ops.convTranspose2d(x, w, { stride: 2, padding: 1, outputPadding: 1 }),
    )
  })
  test('movement', () => {
    check([[3, 5]], (x) => ops.slice(x, 1, 0, 4, 3))
    check(
      [
        [3, 2],
        [1, 2],
      ],
      (a, b) => ops.concat([a, ops.expand(b, [4, 2])], 0),
    )
    check([[2, 3, 4]], (x) => ops.transpose(x, [2, 0, 1]))
    check([[2, 3]], (x) => ops.logSoftmax(x))
    check([[2, 3]], (x) => ops.softmax(x, 0))
    check([[2, 3]], (x) => ops.max(x, { axes: 1 }))
  })
  test('pooling and resizing', () => {
    const image = [[2, 2, 5, 7]]
    const window = { kernel: [3, 2], stride: [2, 1], padding: [1, 0] } as const
    check(image, (x) => ops.maxPool2d(x, window))
    check(image, (x) => ops.avgPool2d(x, window))
    check(image, (x) => ops.avgPool2d(x, { ...window, countPadding: false }))
    check([[1, 2, 4, 6]], (x) => ops.avgPool2d(x, { kernel: [2, 3] }))
    check(image, (x) => ops.adaptiveAvgPool2d(x, [2, 3]))
    check(image, (x) => ops.resize2d(x, [8, 4]))
    check(image, (x) => ops.resize2d(x, [10, 14], 'nearest'))
    check(image, (x) => ops.resize2d(x, [7, 3], 'nearest'))
  })
  test('statistics and attention', () => {
    check([[3, 4]], (x) => ops.logSumExp(x, { axes: 1 }))
    check([[3, 4]], (x) => ops.variance(x, { axes: 0 }))
    check([[3, 4, 2]], (x) => ops.normalize(x, { axes: [0, 2] }))
    check([[3, 4]], (x) => ops.cumsum(x, 1))
    check([[3, 2]], (x) => ops.orthogonalize(x))
    check([[3, 4]], (x) => ops.clamp(x, { min: -0.5, max: 0.7 }))
    check(
      [
        [2, 4, 3],
        [2, 5, 3],
        [2, 5, 2],
      ],
      (q, k, v) => ops.attention(q, k, v, { causal: true }),
    )
  })
  test('a gradient is a graph and has gradients', () => {
    check([[3, 4]], (x) => gradients(ops.sum(ops.tanh(ops.normalize(x, { axes: 1 }))), [x])[0])
    check([[1, 1, 5, 5]], (x) => {
      const y = ops.maxPool2d(ops.avgPool2d(ops.sin(x), { kernel: 2, stride: 1 }), { kernel: 3, stride: 1 })
      return gradients(ops.sum(ops.mul(y, y)), [x])[0]
    })
    check([[3, 3]], (x) => gradients(ops.sum(ops.tanh(ops.matmul(x, x))), [x])[0])
    check(
      [
        [1, 2, 4, 4],
        [2, 2, 3, 3],
      ],
      (x, w) => gradients(ops.sum(ops.sigmoid(ops.conv2d(x, w))), [w])[0],
    )
  })
})
