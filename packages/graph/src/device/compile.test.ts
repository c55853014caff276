import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32 } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { matmul, mean, mul, sub } from '../ops/index.js'
import { compileStep } from './compile.js'
import { interpreterDevice } from './interpreter-device.js'

test('a step of gradient descent keeps its state and finds the weights', async () => {
  const step = await compileStep(
    ({ net: { w } }, { x, y, rate }) => {
      const error = sub(matmul(x, w), y)
      const loss = mean(mul(error, error))
      const [g] = gradients(loss, [w])
      return { state: { net: { w: sub(w, mul(rate, g)) } }, outputs: { loss } }
    },
    {
      state: { net: { w: ndArray([0, 0], [2, 1]) } },
      feeds: { x: f32(3, 2), y: f32(3, 1), rate: f32() },
      device: interpreterDevice(),
    },
  )
  const feeds = { x: ndArray([1, 0, 0, 1, 1, 1], [3, 2]), y: ndArray([2, -1, 1], [3, 1]), rate: ndArray([0.5], []) }
  const losses: number[] = []
  for (let i = 0; i < 60; i++) losses.push((await step.run(feeds)).loss.data[0])
  expect(losses[0]).toBeCloseTo(2)
  expect(losses[59]).toBeLessThan(1e-9)
  const { net } = await step.readState()
  expect([...net.w.data].map((v) => Math.round(v * 1e4) / 1e4)).toEqual([2, -1])
  await expect(step.run({ ...feeds, rate: ndArray([1, 2], [2]) })).rejects.toThrow('"feeds.rate" is f32[2]')
})
