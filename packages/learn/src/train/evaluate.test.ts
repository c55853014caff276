import { interpreterDevice, ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { arrayImages } from '../data/array-images.js'
import { linear } from '../layers/linear.js'
import { flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { evaluateClassifier } from './evaluate.js'

/** Tells by one pixel: its logits are 0, v and 2v - 1, so that dark is class 0 and bright class 2 or 1. */
const net = sequential({ flat: flatten, head: linear(1, 3) })
const variables = {
  params: { head: { weight: ndArray([0, 1, 3], [3, 1], 'f32'), bias: ndArray([0.25, 0, -1], [3], 'f32') } },
  buffers: {},
}
const evaluate = (pixels: number[], labels: number[], classes?: string[]) =>
  evaluateClassifier({
    net,
    variables,
    images: arrayImages({ pixels: Uint8Array.from(pixels), labels, shape: [1, 1, 1], ...(classes && { classes }) }),
    preparation: { shape: [1, 1, 1], mean: [0], std: [1] },
    device: interpreterDevice(),
    batchSize: 2,
  })

test('accuracy, loss and confusion by hand', async () => {
  const { count, accuracy, confusion, loss } = await evaluate([0, 102, 255], [0, 1, 1], ['a', 'b', 'c'])
  // 0 says 0.25, 0, -1; 0.4 says 0.25, 0.4, 0.2; 1 says 0.25, 1, 2.
  const nats = (logits: number[], truth: number) =>
    Math.log(logits.reduce((s, v) => s + Math.exp(v), 0)) - logits[truth]
  expect([count, accuracy, [...confusion]]).toEqual([3, 2 / 3, [1, 0, 0, 0, 1, 1, 0, 0, 0]])
  expect(loss).toBeCloseTo((nats([0.25, 0, -1], 0) + nats([0.25, 0.4, 0.2], 1) + nats([0.25, 1, 2], 1)) / 3, 6)
})

test('images of some of the classes only are scored as among all of them', async () => {
  // Named by the largest label, they have fewer classes than the model has logits.
  const some = await evaluate([0, 102, 255], [0, 1, 1])
  const all = await evaluate([0, 102, 255], [0, 1, 1], ['a', 'b', 'c'])
  expect(some).toEqual(all)
  await expect(evaluate([0, 0], [0, 3])).rejects.toThrow('Image 1 is of class 3, but the model tells 3 classes apart')
})
