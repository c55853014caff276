import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

const twice = (h: Tensor) => ops.add(ops.erf(h), 1)
/** One function, as people write it. */
const forms: Record<string, (x: Tensor) => Tensor> = {
  'x/2 · (erf + 1)': (x) => ops.mul(ops.mul(x, 0.5), twice(ops.mul(x, Math.SQRT1_2))),
  'x · (½ · (1 + erf))': (x) => ops.mul(x, ops.mul(0.5, ops.add(1, ops.erf(ops.div(x, Math.SQRT2))))),
  '½ · (x · (1 + erf))': (x) => ops.mul(0.5, ops.mul(x, twice(ops.mul(Math.SQRT1_2, x)))),
  'x · (½ + ½ erf)': (x) => ops.mul(x, ops.add(0.5, ops.mul(ops.erf(ops.div(x, Math.SQRT2)), 0.5))),
  '(1 + erf) / 2 · x': (x) => ops.mul(ops.div(twice(ops.div(x, Math.SQRT2)), 2), x),
}

describe.each(Object.entries(forms))('%s', (_, f) => {
  test('is one operator where nothing goes back', () => {
    const { after } = checked(f, [4, 5])
    expect(after.nodes.map(({ op }) => op.name)).toEqual(['input', 'gelu'])
  })
  test('shares Φ with its gradient, which takes six passes more', () => {
    const { after } = checked((x, g) => [f(x), ...gradients(f(x), [x], g)], [4, 5], [4, 5])
    const passes = after.nodes.filter(({ shape, op }) => `${shape}` === '4,5' && op.name !== 'input')
    expect(passes.map(({ op }) => op.name).sort()).toEqual(
      ['add', 'div', 'div', 'exp', 'mul', 'mul', 'mul', 'mul', 'normalCdf'].sort(),
    )
  })
  test('far from 0 the gradient is 0 or 1, not undefined', () => {
    const { after } = checked((x) => gradients(ops.sum(f(ops.mul(x, 40))), [x]), [50])
    expect(count(after, 'normalCdf')).toBe(1)
  })
})

test('within a residual block, with the gradient of a product', () => {
  const block = (x: Tensor, w: Tensor, v: Tensor) => {
    const h = ops.matmul(x, w)
    const y = ops.add(ops.add(forms['x/2 · (erf + 1)'](h), h), ops.square(h))
    return gradients(ops.sum(ops.mul(ops.matmul(y, v), ops.matmul(y, v))), [x, w, v])
  }
  const { after } = checked(block, [3, 4], [4, 5], [5, 4])
  expect([count(after, 'erf'), count(after, 'normalCdf')]).toEqual([0, 1])
})

test('second derivatives keep their values', () => {
  checked(
    (x, g) => {
      const [first] = gradients(ops.sum(ops.mul(forms['x/2 · (erf + 1)'](x), g)), [x])
      return [first, ...gradients(ops.sum(ops.square(first)), [x, g])]
    },
    [3, 4],
    [3, 4],
  )
})

test('what only looks like it stays', () => {
  const others = (x: Tensor, y: Tensor) => [
    ops.mul(ops.mul(x, 0.5), twice(x)),
    ops.mul(ops.mul(y, 0.5), twice(ops.mul(x, Math.SQRT1_2))),
    ops.mul(x, twice(ops.mul(x, Math.SQRT1_2))),
    ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), 2)),
    ops.mul(ops.mul(x, 0.5), ops.add(ops.erf(ops.mul(x, Math.SQRT1_2)), y)),
  ]
  const { after } = checked(others, [4], [4])
  expect([count(after, 'gelu'), count(after, 'normalCdf')]).toEqual([0, 0])
})

test('squares of squares are not taken apart without end', () => {
  checked((x) => Array.from({ length: 40 }).reduce((y: Tensor) => ops.mul(ops.mul(y, y), 0.5), ops.tanh(x)), [2])
})
