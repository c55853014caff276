import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

test('the gradient of parts is the parts’ gradients joined, in whatever order they were used', () => {
  const { after } = checked(
    (x) => {
      const [a, b, c] = ops.split(x, [2, 1, 3], 1)
      const parts = [ops.exp(b), ops.tanh(a), ops.square(c)].map((t) => ops.sum(t))
      return gradients(parts.reduce(ops.add), [x])
    },
    [2, 6],
  )
  expect([count(after, 'pad'), count(after, 'concat')]).toEqual([0, 1])
})

test('parts that overlap, leave a gap or have a step are summed', () => {
  const pads = (...ranges: [start: number, end: number, step?: number][]) => {
    const { after } = checked(
      (x) => {
        const parts = ranges.map(([start, end, step]) => ops.exp(ops.slice(x, 0, start, end, step)))
        return gradients(parts.map((t) => ops.sum(t)).reduce(ops.add), [x])
      },
      [6, 2],
    )
    return count(after, 'pad')
  }
  expect(pads([0, 4], [2, 6])).toBe(2)
  expect(pads([0, 2], [3, 6])).toBe(2)
  expect(pads([0, 6, 2], [1, 6, 2])).toBeGreaterThan(1)
})

test('what is used whole as well, or cut along several axes, is summed', () => {
  const whole = checked(
    (x) => gradients(ops.add(ops.sum(ops.exp(ops.slice(x, 0, 0, 3))), ops.sum(ops.square(x))), [x]),
    [6, 2],
  )
  expect(count(whole.after, 'pad')).toBe(1)
  const corners = checked(
    (x, y) => [
      ops.add(
        ops.pad(y, [
          [0, 1],
          [0, 1],
        ]),
        ops.pad(y, [
          [1, 0],
          [1, 0],
        ]),
      ),
      ops.add(
        ops.pad(y, [
          [0, 2],
          [0, 0],
        ]),
        ops.pad(
          y,
          [
            [2, 0],
            [0, 0],
          ],
          1,
        ),
      ),
      // (Repeated along the other axis.)
      ops.add(
        ops.pad(x, [
          [0, 2],
          [0, 0],
        ]),
        ops.pad(y, [
          [2, 0],
          [0, 0],
        ]),
      ),
    ],
    [2, 1],
    [2, 2],
  )
  expect(count(corners.after, 'concat')).toBe(0)
})

test('what is doubled again and again is looked at once', () => {
  checked((x) => Array.from({ length: 40 }).reduce((y: Tensor) => ops.add(y, y), x), [2])
})
