import { randomStream } from '@epipole/core'
import { f32, interpret, isNdArray, leavesOf, mapTree, type NdArray, ndArray, type Tensor, trace } from '@epipole/graph'
import { expect, test } from 'vitest'
import { zeros } from '../initialisers/initialisers.js'
import { basicBlock } from '../models/resnet.js'
import { run } from '../run.test-support.js'
import { multiHeadAttention } from './attention.js'
import { batchNorm } from './batch-norm.js'
import { bind } from './bind.js'
import { layerNorm } from './norms.js'
import { transformerBlock } from './transformer-block.js'
import { initialise } from './variables.js'

const tokens = ndArray(
  Float32Array.from({ length: 2 * 4 * 6 }, (_, i) => Math.sin(1.7 * i)),
  [2, 4, 6],
)

/** The layer's output for tokens and a mask of ones and zeros that says which tokens may be seen. */
function masked(layer: ReturnType<typeof multiHeadAttention>, mask: readonly number[]): NdArray {
  const { params } = initialise(layer, randomStream(1))
  const specs = mapTree(params, isNdArray, ({ shape }) => f32(...shape))
  const seen = { spec: true, dtype: 'bool', shape: [4, 4] } as const
  const { graph } = trace(
    ({ x, visible, params }) => bind(layer, { params, buffers: {} })(x as Tensor, visible as Tensor),
    { x: f32(2, 4, 6), visible: seen, params: specs },
  )
  const arrays = leavesOf(params, isNdArray).map(([, a]) => a)
  return interpret(graph, [tokens, ndArray(Uint8Array.from(mask), [4, 4], 'bool'), ...arrays])[0]
}

test.each([
  ['multiHeadAttention', multiHeadAttention],
  ['transformerBlock', transformerBlock],
])('%s: a lower triangle as mask is what `causal` does; a mask of ones does nothing', (_, make) => {
  const triangle = Array.from({ length: 16 }, (_, i) => (i % 4 <= Math.floor(i / 4) ? 1 : 0))
  expect(masked(make(6, 2), triangle)).toEqual(run(make(6, 2, { causal: true }), tokens))
  expect(masked(make(6, 2), new Array(16).fill(1))).toEqual(run(make(6, 2), tokens))
  expect(masked(make(6, 2), triangle)).not.toEqual(run(make(6, 2), tokens))
})

test('branches that start at nothing leave their block the identity', () => {
  const start = layerNorm(6)
  const normed = run(start, tokens)
  const scaled = run(transformerBlock(6, 2, { layerScale: 0 }), normed)
  expect(scaled).toEqual(normed)
  const image = ndArray(
    Float32Array.from({ length: 2 * 3 * 16 }, (_, i) => Math.abs(Math.sin(i))),
    [2, 3, 4, 4],
  )
  expect(run(basicBlock(3, 3, 1, true), image, { training: true })).toEqual(image)
  expect(run(batchNorm(3, { gamma: zeros }), image, { training: true }).data).toEqual(new Float32Array(96))
})
