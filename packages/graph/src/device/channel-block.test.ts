import { expect, test } from 'vitest'
import { channelBlock } from './channel-block.js'
import { nodeRuntime } from './node-runtime.node.js'
import type { Runtime } from './runtime.js'

test('the native runtime tells its block by what it does: none, 8 or 16 channels', async () => {
  expect([0, 8, 16]).toContain(await channelBlock(await nodeRuntime({ threads: 1 })))
})

/** A runtime whose reordered image shows the second place after so many channels; undefined: it knows no such operator. */
const runtimeOf = (block: number | undefined) =>
  ({
    Tensor: class {},
    InferenceSession: {
      async create() {
        if (block === undefined) throw new Error('no such operator')
        const data = Float32Array.from({ length: 128 }, (_, i) => (i % (2 * block) >= block ? 1 : 0))
        return { run: async () => ({ y: { data, dims: [1, 64, 1, 2] } }), release: async () => {} }
      },
    },
    writesIntoTensors: true,
    mayHaveBlocks: true,
    sessionOptions: {},
  }) as unknown as Runtime

test('a runtime that leaves the image as it is, or knows no blocks, has none', async () => {
  expect(await channelBlock(runtimeOf(8))).toBe(8)
  expect(await channelBlock(runtimeOf(1))).toBe(0)
  expect(await channelBlock(runtimeOf(undefined))).toBe(0)
  expect(await channelBlock({ ...runtimeOf(16), mayHaveBlocks: false })).toBe(0)
})
