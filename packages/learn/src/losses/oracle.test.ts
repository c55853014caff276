import { constant, logSoftmax, mul, ndArray, oneHot, sigmoid, softmax, stopGradient, type Tensor } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { afterAll, describe, expect, test } from 'vitest'
import { expectDescent, expectExact, expectOnDevice, integers, oracle } from '../oracle.test-support.js'
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from './binary-cross-entropy.js'
import { crossEntropy } from './cross-entropy.js'
import { huber, klDivergence, meanAbsoluteError, meanSquaredError, smoothL1 } from './regression.js'
import { cosineEmbedding, cosineSimilarity, ntXent, triplet } from './similarity.js'

const expected = oracle('losses')
const weights = [0.5, 2, 1]
const labels = constant(integers(3, [5]))
const some = constant(ndArray([0, -100, 2, 0, 1], [5], 'i32'))
const losses: Record<string, (x: Tensor, ...more: Tensor[]) => Tensor> = {
  crossEntropy: (x) => crossEntropy(x, labels),
  'crossEntropy, smoothing': (x) => crossEntropy(x, labels, { smoothing: 0.1 }),
  'crossEntropy, weights': (x) => crossEntropy(x, labels, { weights }),
  'crossEntropy, weights, smoothing': (x) => crossEntropy(x, labels, { weights, smoothing: 0.2 }),
  'crossEntropy, sum': (x) => crossEntropy(x, labels, { weights, reduction: 'sum' }),
  'crossEntropy, none': (x) => crossEntropy(x, labels, { reduction: 'none' }),
  'crossEntropy of places': (x) => crossEntropy(x, constant(integers(3, [2, 2, 3])), { weights }),
  'crossEntropy, ignored': (x) => crossEntropy(x, some, { ignore: -100 }),
  'crossEntropy, ignored, weights, smoothing': (x) => crossEntropy(x, some, { ignore: -100, weights, smoothing: 0.2 }),
  'crossEntropy, probabilities': (x, t) => crossEntropy(x, softmax(t, 1), { weights, smoothing: 0.1 }),
  binaryCrossEntropy: (x, t) => binaryCrossEntropy(sigmoid(x), stopGradient(sigmoid(t))),
  binaryCrossEntropyWithLogits: (x, t) => binaryCrossEntropyWithLogits(mul(x, 40), sigmoid(t)),
  'binaryCrossEntropyWithLogits, weight': (x, t) => binaryCrossEntropyWithLogits(x, sigmoid(t), { positiveWeight: 3 }),
  meanSquaredError: (x, t) => meanSquaredError(x, t),
  meanAbsoluteError: (x, t) => meanAbsoluteError(x, t),
  huber: (x, t) => huber(x, t, { delta: 0.7 }),
  smoothL1: (x, t) => smoothL1(x, t, { beta: 0.7 }),
  'smoothL1, none': (x, t) => smoothL1(x, t, { reduction: 'none' }),
  klDivergence: (x, t) => klDivergence(logSoftmax(x), softmax(t)),
  'klDivergence, mean, log target': (x, t) =>
    klDivergence(logSoftmax(x), logSoftmax(t), { reduction: 'mean', logTarget: true }),
  'klDivergence, zeros': (x) => klDivergence(logSoftmax(x), oneHot(labels, 3), { reduction: 'sum' }),
  cosineSimilarity: (a, b) => cosineSimilarity(a, b),
  cosineEmbedding: (a, b) => cosineEmbedding(a, b, constant(ndArray([1, -1, 1, -1, -1], [5])), { margin: 0.2 }),
  triplet: (a, p, n) => triplet(a, p, mul(n, 0.3)),
  'triplet, margin, swap': (a, p, n) => triplet(a, p, n, { margin: 0.4, swap: true }),
  ntXent: (a, b) => ntXent(a, b),
  'ntXent, cold': (a, b) => ntXent(a, b, { temperature: 0.1 }),
}

describe('losses and their gradients are those of PyTorch to 1e-9', () => {
  test.each(Object.keys(losses))('%s', (name) => expectExact(losses[name], expected[name]))
  test('every answer is compared', () => expect(Object.keys(losses).sort()).toEqual(Object.keys(expected).sort()))
})

describe('in f32 on ONNX Runtime they are those of PyTorch to 1e-4', () => {
  const device = nodeDevice({ worker: false })
  afterAll(() => device.close())
  test.each(Object.keys(losses))('%s', (name) => expectOnDevice(device, losses[name], expected[name]))
  test.each(Object.keys(losses))('%s, over 5 steps', (name) => expectDescent(losses[name], expected[name], { device }))
})

describe('50 steps of descent in f64 are those of PyTorch to 1e-9', () => {
  test.each(Object.keys(losses))('%s', (name) => expectDescent(losses[name], expected[name]))
})
