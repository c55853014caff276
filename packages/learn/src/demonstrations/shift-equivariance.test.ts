import { randomStream } from '@epipole/core'
import { type NdArray, ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu } from '../layers/activations.js'
import { conv2d } from '../layers/convolution.js'
import type { LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { flatten, globalAveragePool, globalMaxPool, maxPool2d } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { run } from '../run.test-support.js'
import { print } from './fit.test-support.js'

const N = 16

/** A pattern of 4 × 4 at a place of an image that is blank elsewhere. */
function pattern(row: number, column: number): NdArray {
  const random = randomStream(5)
  const image = new Float32Array(N * N)
  for (let i = 0; i < 4; i++) for (let j = 0; j < 4; j++) image[(row + i) * N + column + j] = random.normal()
  return ndArray(image, [1, 1, N, N])
}

/** The largest difference between f(x) moved by `by` places and f(x moved by `shift` pixels), where both are known. */
function broken(layer: LayerLike, from: [number, number], shift: number, by: number): number {
  const a = run(layer, pattern(...from))
  const b = run(layer, pattern(from[0] + shift, from[1] + shift))
  if (a.shape.length === 2) return Math.max(...Array.from(a.data, (v, i) => Math.abs(v - b.data[i])))
  const [, C, H, W] = a.shape
  let worst = 0
  for (let c = 0; c < C; c++)
    for (let i = 0; i + by < H; i++)
      for (let j = 0; j + by < W; j++)
        worst = Math.max(worst, Math.abs(a.data[(c * H + i) * W + j] - b.data[(c * H + i + by) * W + j + by]))
  return worst
}

test('shifts: a convolution moves with its image, global pooling does not see them, stride and padding break both', () => {
  const conv = conv2d(1, 3, { kernel: 3 })
  const same = conv2d(1, 3, { kernel: 3, padding: 'same' })
  const strided = conv2d(1, 3, { kernel: 3, stride: 2 })
  const [inside, border]: [number, number][] = [
    [5, 5],
    [0, 0],
  ]
  const cases: [string, number, boolean][] = [
    ['convolution, 1 pixel', broken(conv, inside, 1, 1), true],
    [
      'two of them with ReLU, 2 pixels',
      broken(sequential(conv, relu, conv2d(3, 2, { kernel: 3 })), inside, 2, 2),
      true,
    ],
    ['same padding, inside', broken(same, inside, 1, 1), true],
    [
      'same padding, from the border',
      broken(sequential(same, relu, conv2d(3, 2, { kernel: 3, padding: 'same' })), border, 1, 1),
      false,
    ],
    ['stride 2, 2 pixels = 1 place', broken(strided, inside, 2, 1), true],
    ['stride 2, 1 pixel', Math.min(broken(strided, inside, 1, 0), broken(strided, inside, 1, 1)), false],
    ['max pool 2, 1 pixel', broken(sequential(conv, maxPool2d({ kernel: 2 })), inside, 1, 0), false],
    ['global average pool, 3 pixels', broken(sequential(conv, relu, globalAveragePool), inside, 3, 0), true],
    ['global max pool, 3 pixels', broken(sequential(conv, relu, globalMaxPool), inside, 3, 0), true],
    [
      'global average behind stride 2, 1 pixel',
      broken(sequential(strided, relu, globalAveragePool), inside, 1, 0),
      false,
    ],
    [
      'global average, same padding, from the border',
      broken(sequential(same, relu, globalAveragePool), border, 1, 0),
      false,
    ],
    ['flatten and linear, 1 pixel', broken(sequential(conv, flatten, linear(3 * 14 * 14, 4)), inside, 1, 0), false],
  ]
  print(
    'Largest difference between the response moved and the response to the image moved',
    ['layers, shift', 'difference', 'moves along'],
    cases.map(([name, difference, holds]) => [name, difference, holds ? 'yes' : 'no']),
  )
  for (const [name, difference, holds] of cases) {
    if (holds) expect(difference, name).toBeLessThan(1e-6)
    else expect(difference, name).toBeGreaterThan(1e-3)
  }
})
