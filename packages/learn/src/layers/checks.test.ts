import { ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { run } from '../run.test-support.js'
import { batchNorm } from './batch-norm.js'
import { conv2d, convTranspose2d } from './convolution.js'
import type { Layer } from './layer.js'
import { linear } from './linear.js'
import { groupNorm, instanceNorm, layerNorm, layerNorm2d, rmsNorm } from './norms.js'
import { layerScale, residual } from './residual.js'
import { globalResponseNorm } from './response-norm.js'

const zeros = (...shape: number[]) => ndArray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)

// Sizes of 1 would broadcast, and nobody would be told.
test.each<[string, Layer, number[], string]>([
  ['batchNorm', batchNorm(1), [2, 4, 2, 2], 'batchNorm is for 1 features in axis 1; its input [2,4,2,2] has 4.'],
  ['layerNorm', layerNorm(1), [2, 4], 'layerNorm is for 1 features in axis 1; its input [2,4] has 4.'],
  [
    'layerNorm of axes',
    layerNorm([1, 4]),
    [2, 3, 4],
    'layerNorm is for 1 × 4 features in axis 1; its input [2,3,4] has 3 × 4',
  ],
  [
    'layerNorm of more axes',
    layerNorm([2, 4]),
    [4],
    'layerNorm is for 2 × 4 features in axis 0; its input [4] has none',
  ],
  ['layerNorm2d', layerNorm2d(1), [2, 4, 2, 2], 'layerNorm2d is for 1 features'],
  ['groupNorm', groupNorm(1, 1), [2, 4, 2, 2], 'groupNorm is for 1 features'],
  ['instanceNorm', instanceNorm(1, { affine: true }), [2, 4, 2, 2], 'instanceNorm is for 1 features'],
  ['rmsNorm', rmsNorm(1), [2, 4], 'rmsNorm is for 1 features'],
  ['globalResponseNorm', globalResponseNorm(1), [2, 2, 2, 4], 'globalResponseNorm is for 1 features in axis 3'],
  [
    'globalResponseNorm 1',
    globalResponseNorm(1, { axis: 1 }),
    [2, 4, 2, 2],
    'globalResponseNorm is for 1 features in axis 1',
  ],
  ['layerScale', layerScale(1), [2, 4], 'layerScale is for 1 features'],
  [
    'residual',
    residual(linear(4, 1)),
    [2, 4],
    'The branch of a residual block gives [2,1], what goes around it is [2,4]',
  ],
])('%s refuses an input of another size', (_, layer, shape, message) => {
  for (const training of [true, false]) expect(() => run(layer, zeros(...shape), { training })).toThrow(message)
})

test.each([
  [() => batchNorm(4, { momentum: 2 }), 'The momentum of batchNorm is 2'],
  [() => batchNorm(4, { eps: -1 }), 'The eps of batchNorm is -1: a number from 0'],
  [() => layerNorm(4, { eps: Number.NaN }), 'The eps of layerNorm is NaN'],
  [() => layerNorm2d(4, { eps: -1 }), 'The eps of layerNorm2d'],
  [() => groupNorm(2, 4, { eps: -1 }), 'The eps of groupNorm'],
  [() => instanceNorm(4, { eps: -1 }), 'The eps of instanceNorm'],
  [() => rmsNorm(4, { eps: -1 }), 'The eps of rmsNorm'],
  [() => globalResponseNorm(4, { eps: -1 }), 'The eps of globalResponseNorm'],
  [() => conv2d(3, 4, { kernel: 0 }), 'A kernel of 0: give one whole number from 1'],
  [() => conv2d(3, 4, { kernel: [3, 1.5] }), 'A kernel of 3,1.5'],
  [() => conv2d(3, 4, {} as never), 'A kernel of undefined'],
  [() => convTranspose2d(3, 4, { kernel: -1 }), 'A kernel of -1'],
])('settings that cannot be are refused: %s', (make, message) => expect(make).toThrow(message))
