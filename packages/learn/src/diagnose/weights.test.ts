import { expect, test } from 'vitest'
import { weightsInOrder } from './weights.js'

test('weights are in the order of computing, whatever the order of their names; biases are left out', () => {
  const layer = (name: string) => ({ name, kind: 'linear', mean: 0, deviation: 1, dead: 0, units: 1 })
  const parameter = (name: string) => ({ name, value: 1, gradient: 1, change: 1 })
  const order = weightsInOrder({
    loss: 1,
    layers: ['body', 'head', ''].map(layer),
    parameters: ['weight', 'head.weight', 'head.in_weight', 'head.bias', 'body.weight'].map(parameter),
  })
  // What belongs to no layer that was looked at stays behind its neighbour.
  expect(order.map(({ name }) => name)).toEqual(['body.weight', 'head.weight', 'head.in_weight', 'weight'])
})
