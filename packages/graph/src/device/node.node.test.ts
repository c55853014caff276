import { afterAll, describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32 } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { conv2d, matmul, mean, mul, relu, sub } from '../ops/index.js'
import { compileStep } from './compile.js'
import type { Device } from './device.js'
import { interpreterDevice } from './interpreter-device.js'
import { nodeDevice } from './node.node.js'

const wave = (shape: number[], k: number) =>
  ndArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(k * (i + 1))),
    shape,
  )

/** A convolution, a mean over places and a linear map, trained by gradient descent. */
const smallNet = (device: Device) =>
  compileStep(
    (state, { x, y, rate }) => {
      const error = sub(matmul(mean(relu(conv2d(x, state.k, { padding: 1 })), { axes: [2, 3] }), state.w), y)
      const loss = mean(mul(error, error))
      const [gk, gw] = gradients(loss, [state.k, state.w])
      return { state: { k: sub(state.k, mul(rate, gk)), w: sub(state.w, mul(rate, gw)) }, outputs: { loss } }
    },
    {
      state: { k: wave([3, 2, 3, 3], 1.7), w: wave([3, 1], 0.9) },
      feeds: { x: f32(4, 2, 5, 5), y: f32(4, 1), rate: f32() },
      device,
    },
  )
const feeds = { x: wave([4, 2, 5, 5], 2.3), y: wave([4, 1], 1.1), rate: ndArray([0.05], []) }

describe('ONNX Runtime in the calling thread', () => {
  const device = nodeDevice({ worker: false })
  afterAll(() => device.close())

  test('training agrees with the interpreter step by step', async () => {
    const [ours, oracle] = [await smallNet(device), await smallNet(interpreterDevice())]
    let first = 0
    let last = 0
    for (let i = 0; i < 20; i++) {
      const [a, b] = await Promise.all([ours.run(feeds), oracle.run(feeds)])
      expect(Math.abs(a.loss.data[0] - b.loss.data[0])).toBeLessThan(1e-5 * (1 + b.loss.data[0]))
      if (i === 0) first = a.loss.data[0]
      last = a.loss.data[0]
    }
    expect(last).toBeLessThan(0.5 * first)
  })

  test('numbers of f32 that are held in f64, as exact interpretation gives them, are rounded', async () => {
    const step = await smallNet(device)
    const wide = Object.fromEntries(
      Object.entries(feeds).map(([name, a]) => [name, { ...a, data: Float64Array.from(a.data) }]),
    ) as typeof feeds
    const start = await step.readState()
    const loss = await step.run(wide)
    await step.writeState(start)
    expect(await step.run(feeds)).toEqual(loss)
  })

  test('the state is read, replaced and kept apart from other steps of the same graph', async () => {
    const [a, b] = [await smallNet(device), await smallNet(device)]
    const start = await a.readState()
    await a.run(feeds)
    expect(await a.readState()).not.toEqual(start)
    expect(await b.readState()).toEqual(start)
    await a.writeState(start)
    const [fromA, fromB] = [await a.run(feeds), await b.run(feeds)]
    expect(fromA).toEqual(fromB)
    await a.close()
    await expect(a.run(feeds)).rejects.toThrow('closed')
    await b.run(feeds)
  })
})

test('a closed device is named, with what to do; giving up what was compiled for it is no error', async () => {
  const device = nodeDevice({ worker: false, threads: 1 })
  const step = await smallNet(device)
  await device.close()
  const told =
    'The device "node" is closed, and with it all that was compiled for it: make a new device and compile again.'
  await expect(step.run(feeds)).rejects.toThrow(told)
  await expect(step.readState()).rejects.toThrow(told)
  await expect(smallNet(device)).rejects.toThrow(told)
  await step.close()
  await device.close()
})
