import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import * as ops from '../ops/index.js'
import { checked, count } from './equality.test-support.js'

describe('convolution gradients in their fast forms keep their values', () => {
  const cases: [string, number[], number[], ops.Conv2dOptions][] = [
    ['3 × 3', [2, 3, 6, 5], [4, 3, 3, 3], { padding: 1 }],
    ['1 × 1', [2, 3, 4, 5], [4, 3, 1, 1], {}],
    ['stride 2 with a rest', [2, 2, 6, 7], [3, 2, 3, 3], { stride: 2, padding: 1 }],
    ['chunks of images', [3, 1, 64, 64], [2, 1, 3, 3], { padding: 1 }],
    ['chunks of images and groups', [6, 2, 20, 20], [2, 1, 3, 3], { padding: 1, groups: 2, dilation: 2 }],
    ['1 × 1, stride 2', [2, 3, 6, 6], [4, 3, 1, 1], { stride: 2 }],
    ['unequal padding', [1, 2, 5, 6], [3, 2, 3, 2], { padding: [0, 1, 2, 0], stride: [1, 2] }],
    ['dilation', [1, 2, 8, 7], [2, 2, 3, 2], { dilation: 2, padding: [2, 0] }],
    ['groups', [2, 4, 5, 5], [6, 2, 3, 3], { groups: 2, padding: 1 }],
    ['depthwise', [2, 3, 6, 6], [3, 1, 3, 3], { groups: 3, padding: 1 }],
    ['depthwise, stride 2, two maps a channel', [2, 3, 6, 6], [6, 1, 3, 3], { groups: 3, padding: 1, stride: 2 }],
    ['more padding than the kernel reaches', [1, 1, 4, 4], [1, 1, 2, 2], { padding: 3 }],
    ['nothing but padding', [2, 1, 1, 1], [2, 1, 3, 3], { padding: [10, 10, 0, 0], stride: 20 }],
  ]
  test.each(cases)('%s', (_, x, w, options) => {
    const { after } = checked(
      (a, b) => {
        const y = ops.conv2d(a, b, options)
        return gradients(ops.sum(ops.mul(y, ops.cos(y))), [a, b])
      },
      x,
      w,
    )
    expect(count(after, 'conv2dKernel')).toBe(0)
  })
  test('with stride 1 nothing is left of the transposed convolution', () => {
    const { before, after } = checked(
      (x, w) => gradients(ops.sum(ops.exp(ops.conv2d(x, w))), [x])[0],
      [1, 2, 5, 5],
      [3, 2, 3, 3],
    )
    expect([count(before, 'conv2dInput'), count(after, 'conv2dInput')]).toEqual([1, 0])
  })
})
