import { expect, test } from 'vitest'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { exp, matmul } from '../ops/index.js'
import { webDevice } from './web.js'
import { startWebRuntime } from './web-runtime.js'

test('WebAssembly runs in Node too, where there may be no native binary', async () => {
  const device = webDevice()
  const step = await device.compile(trace((x) => exp(matmul(x, x)), f32(2, 2)).graph)
  const [y] = await step.run([ndArray([0, 1, 0, 0], [2, 2])])
  expect([...y.data]).toEqual([1, 1, 1, 1])
  await step.close()
  await device.close()
})

test('where the package is missing, the command that installs it is told', async () => {
  const absent = () => Promise.reject(new Error('Cannot find package'))
  await expect(startWebRuntime(absent(), 'wasm', {})).rejects.toThrow(
    'The WebAssembly device needs the package onnxruntime-web. Install it with: npm install onnxruntime-web',
  )
  await expect(startWebRuntime(absent(), 'webgpu', {})).rejects.toMatchObject({ code: 'unsupported' })
})
