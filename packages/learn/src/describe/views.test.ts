import { randomStream } from '@epipole/core'
import { ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu, tanh } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { initialise } from '../layers/variables.js'
import { leNet } from '../models/lenet.js'
import { mlp } from '../models/mlp.js'
import { views } from './views.js'

// Exclusive or by two hidden units: h₁ = x₁ + x₂, h₂ = x₁ + x₂ − 1, y = h₁ − 2 h₂.
const xor = mlp([2, 2, 1])
const variables = {
  params: {
    0: { weight: ndArray([1, 1, 1, 1], [2, 2], 'f32'), bias: ndArray([0, -1], [2], 'f32') },
    2: { weight: ndArray([1, -2], [1, 2], 'f32'), bias: ndArray([0], [1], 'f32') },
  },
  buffers: {},
}

test('as matrices', () =>
  expect(`\n${views(xor, variables, [1, 1]).matrices}\n`).toMatchInlineSnapshot(`
  "
  layer 1: W 2 × 2
  [1 1] [1] + [ 0] = [2] → relu [2]
  [1 1] [1]   [-1]   [1]        [1]

  layer 2: W 1 × 2
  [ 1 -2] [2] + [0] = [0]
          [1]
  "
`))

test('as algebra', () =>
  expect(`\n${views(xor, variables, [1, 1]).algebra}\n`).toMatchInlineSnapshot(`
  "
  x₁ = 1
  x₂ = 1
  h₁ = relu(1·x₁ + 1·x₂ + 0) = 2
  h₂ = relu(1·x₁ + 1·x₂ − 1) = 1
  y₁ = 1·h₁ − 2·h₂ + 0 = 0
  "
`))

test('as a graph', () =>
  expect(`\n${views(xor, variables, [1, 1]).graph}\n`).toMatchInlineSnapshot(`
  "
  x = input [1, 2] : 1 1
  0.weight = input [2, 2] : 1 1 1 1
  0.bias = input [2] : 0 -1
  2.weight = input [1, 2] : 1 -2
  2.bias = input [1] : 0
  t5 = transpose(0.weight) [2, 2] : 1 1 1 1
  t6 = matmul(x, t5) [1, 2] : 2 2
  t7 = add(t6, 0.bias) [1, 2] : 2 1
  t8 = relu(t7) [1, 2] : 2 1
  t9 = transpose(2.weight) [2, 1] : 1 -2
  t10 = matmul(t8, t9) [1, 1] : 0
  t11 = add(t10, 2.bias) [1, 1] : 0
  "
`))

test('as neurons: a circle for each input and unit, a line for each weight', () => {
  const { neurons } = views(xor, variables, [0, 1])
  expect(neurons.match(/<circle/g)).toHaveLength(2 + 2 + 1)
  expect(neurons.match(/<line/g)).toHaveLength(4 + 2)
  expect(neurons).toContain('relu 1')
})

test('all four agree on the truth table', () => {
  for (const [a, b] of [
    [0, 0],
    [0, 1],
    [1, 0],
    [1, 1],
  ]) {
    const { algebra, graph, matrices } = views(xor, variables, [a, b])
    const y = `${a ^ b}`
    expect(algebra.endsWith(` = ${y}`)).toBe(true)
    expect(graph.endsWith(` : ${y}`)).toBe(true)
    expect(
      matrices
        .trimEnd()
        .split('\n')
        .some((line) => line.endsWith(`= [${y}]`)),
    ).toBe(true)
  }
})

test('layers without bias, other activations; what is no small net is refused by name', () => {
  const net = sequential(linear(2, 3, { bias: false }), tanh, linear(3, 1))
  const { algebra } = views(net, initialise(net, randomStream(1)), [1, -2])
  expect(algebra).toContain('tanh(')
  // Negative numbers have the sign that differences have.
  expect(algebra).toContain('x₂ = −2')
  expect(algebra).not.toMatch(/-\d/)
  expect(() => views(leNet(), initialise(leNet(), randomStream(1)), [1])).toThrow('axes')
  const deep = sequential(linear(2, 3), relu, tanh)
  expect(() => views(deep, initialise(deep, randomStream(1)), [1, 2])).toThrow('"2" is tanh')
  const wide = mlp([2, 40, 1])
  expect(() => views(wide, initialise(wide, randomStream(1)), [1, 2])).toThrow('up to 12 units')
})
