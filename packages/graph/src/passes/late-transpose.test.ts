import { describe, expect, test } from 'vitest'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

const toRows = (x: Tensor) => ops.transpose(x, [0, 2, 3, 1])
const toImage = (x: Tensor) => ops.transpose(x, [0, 3, 1, 2])
const SHAPE = [2, 3, 4, 5]

describe('a transposition', () => {
  test('goes behind what is computed element by element, and meets the next one', () => {
    const { after } = checked((x) => toImage(ops.tanh(ops.relu(toRows(x)))), SHAPE)
    expect(after.nodes.map(({ op }) => op.name)).toEqual(['input', 'relu', 'tanh'])
  })
  test('two of one kind become one behind the sum', () => {
    const f = (x: Tensor, y: Tensor) => ops.add(toRows(x), toRows(y))
    expect(count(checked(f, SHAPE, SHAPE).after, 'transpose')).toBe(1)
  })
  test('vanishes where whole axes are reduced', () => {
    for (const reduce of [ops.sum, ops.mean, ops.max, ops.min])
      for (const keepDims of [true, false])
        for (const axes of [[1, 2], [1, 2, 3], [3]])
          expect(count(checked((x) => reduce(toRows(x), { axes, keepDims }), SHAPE).after, 'transpose')).toBe(0)
  })
})

describe('it stays', () => {
  test.each<[string, (x: Tensor, y: Tensor) => Tensor | Tensor[]]>([
    ['where others want it too', (x) => [toRows(x)].flatMap((rows) => [rows, ops.relu(rows)])],
    ['where the other side has another order', (x, y) => ops.add(toRows(x), ops.transpose(y, [0, 3, 2, 1]))],
    ['where the other side is broadcast', (x, y) => ops.add(toRows(x), ops.transpose(ops.mean(y, { axes: [0, 3] })))],
    ['where what is left would stand in another order', (x) => ops.sum(toRows(x), { axes: [0] })],
    ['where places matter', (x) => ops.softmax(toRows(x), 1)],
  ])('%s', (_, f) => {
    const { before, after } = checked(f, SHAPE, [2, 3, 5, 4])
    expect(count(after, 'transpose')).toBe(count(before, 'transpose'))
  })
})
