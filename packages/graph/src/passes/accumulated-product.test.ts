import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import * as ops from '../ops/index.js'
import { checked, count } from './equality.test-support.js'

test('momentum starts the sums of the gradient it is added to', () => {
  const { after } = checked(
    (x, w, m) => {
      const [g] = gradients(ops.sum(ops.tanh(ops.matmul(x, w))), [w])
      const next = ops.add(ops.mul(m, 0.9), g)
      return [next, ops.sub(w, ops.mul(next, 0.1))]
    },
    [6, 4],
    [4, 5],
    [4, 5],
  )
  expect([count(after, 'gemm'), count(after, 'matmul'), count(after, 'transpose')]).toEqual([1, 1, 0])
})

test('either order, any transposition, any multiple', () => {
  const { after } = checked(
    (a, b, c) => [
      ops.add(ops.neg(c), ops.matmul(ops.transpose(a), b)),
      ops.add(ops.matmul(ops.transpose(b), a), ops.div(ops.transpose(c), 4)),
      ops.add(ops.matmul(a, ops.transpose(a)), ops.mul(2, ops.matmul(b, ops.transpose(b)))),
      ops.add(ops.mul(ops.matmul(c, ops.transpose(b)), 1), ops.mul(-0.5, ops.transpose(a))),
    ],
    [6, 4],
    [6, 5],
    [4, 5],
  )
  expect(count(after, 'gemm')).toBe(4)
})

test('what is taken elsewhere too, a bias, and products of batches stay', () => {
  const { after } = checked(
    (a, b, c, bias) => {
      const product = ops.matmul(a, b)
      const twice = ops.mul(c, 2)
      return [
        ops.add(twice, product),
        ops.exp(product),
        ops.add(ops.matmul(a, ops.exp(b)), ops.mul(bias, 3)),
        ops.add(ops.matmul(a, ops.tanh(b)), twice),
        ops.add(
          ops.matmul(ops.reshape(c, [1, 3, 2]), ops.reshape(b, [1, 2, 2])),
          ops.mul(ops.reshape(c, [1, 3, 2]), 3),
        ),
      ]
    },
    [3, 2],
    [2, 2],
    [3, 2],
    [2],
  )
  expect(count(after, 'gemm')).toBe(0)
})

test('a product that is repeated over the rows of the other stays', () => {
  const { after } = checked((a, b, c) => ops.add(ops.mul(c, 0.9), ops.matmul(a, b)), [1, 4], [4, 5], [3, 5])
  expect([count(after, 'gemm'), after.outputs[0].tensor.shape]).toEqual([0, [3, 5]])
})
