import { expect, test } from 'vitest'
import { webGpuDevice } from './webgpu.js'
import { webGpuRuntime } from './webgpu-runtime.js'

test('where there is no WebGPU, what to take instead is named', async () => {
  expect(() => webGpuDevice()).toThrow(/No WebGPU here.*webDevice from @epipole\/graph\/web.*nodeDevice/)
  await expect(webGpuRuntime({})).rejects.toThrow(/no WebGPU adapter.*webDevice from @epipole\/graph\/web/)
})
