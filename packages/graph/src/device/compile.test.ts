import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32 } from '../graph.js'
import { ndArray, zerosArray } from '../nd-array.js'
import { add, matmul, mean, mul, sub } from '../ops/index.js'
import type { Tensor } from '../tensor.js'
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

test('gradients of two half batches, gathered in the state, make the step of the whole batch', async () => {
  const w = ndArray([0.5, -0.3], [2, 1])
  const x = [1, 0, 0, 1, 1, 1, 2, -1]
  const y = [2, -1, 1, 3]
  const loss = (w: Tensor, x: Tensor, y: Tensor) => {
    const error = sub(matmul(x, w), y)
    return mean(mul(error, error))
  }
  const whole = await compileStep(
    ({ w }, { x, y }) => ({ state: { w: sub(w, mul(gradients(loss(w, x, y), w), 0.1)) }, outputs: {} }),
    { state: { w }, feeds: { x: f32(4, 2), y: f32(4, 1) }, device: interpreterDevice() },
  )
  await whole.run({ x: ndArray(x, [4, 2]), y: ndArray(y, [4, 1]) })
  // `last` is 1 at the batch that moves the weights and forgets what was gathered.
  const parts = await compileStep(
    ({ w, gathered }, { x, y, last }) => {
      const g = add(gathered, mul(gradients(loss(w, x, y), w), 0.5))
      return { state: { w: sub(w, mul(g, mul(last, 0.1))), gathered: mul(g, sub(1, last)) }, outputs: {} }
    },
    {
      state: { w, gathered: zerosArray([2, 1]) },
      feeds: { x: f32(2, 2), y: f32(2, 1), last: f32() },
      device: interpreterDevice(),
    },
  )
  for (const half of [0, 1]) {
    const [xs, ys] = [x.slice(4 * half, 4 * half + 4), y.slice(2 * half, 2 * half + 2)]
    await parts.run({ x: ndArray(xs, [2, 2]), y: ndArray(ys, [2, 1]), last: ndArray([half], []) })
  }
  const [a, b] = [await whole.readState(), await parts.readState()]
  a.w.data.forEach((v, i) => {
    expect(b.w.data[i]).toBeCloseTo(v, 6)
  })
  expect([...b.gathered.data].map(Math.abs)).toEqual([0, 0])
})

test('a state is written by its paths, whatever the order of its keys; one that does not fit is named', async () => {
  const step = await compileStep(({ a, b }) => ({ state: { a, b }, outputs: { d: sub(a, b) } }), {
    state: { a: zerosArray([2]), b: zerosArray([2]) },
    feeds: {},
    device: interpreterDevice(),
  })
  await step.writeState({ b: ndArray([1, 2], [2]), a: ndArray([5, 7], [2]) })
  expect([...(await step.run({})).d.data]).toEqual([4, 5])
  await expect(step.writeState({ a: ndArray([1], [1]), b: ndArray([1, 2], [2]) })).rejects.toThrow(
    '"state.a" is f32[1]',
  )
})

test('what is closed is refused, and so is what is no device or no state', async () => {
  const device = interpreterDevice()
  const total = (over: object = {}) =>
    compileStep(({ t }, { x }) => ({ state: { t: add(t, x) }, outputs: {} }), {
      state: { t: zerosArray([1]) },
      feeds: { x: f32(1) },
      device,
      ...over,
    })
  const step = await total()
  const other = await total()
  await step.close()
  const x = ndArray([1], [1])
  for (const use of [step.run({ x }), step.readState(), step.writeState({ t: x })])
    await expect(use).rejects.toThrow('This step is closed: compile it again.')
  await other.run({ x })
  await device.close()
  for (const use of [other.run({ x }), total()])
    await expect(use).rejects.toThrow('The device "interpreter" is closed, and with it all that was compiled for it')
  await expect(total({ device: undefined })).rejects.toThrow('A device is wanted, not undefined')
  await expect(total({ device: interpreterDevice })).rejects.toThrow('A device is wanted, not function')
  await expect(total({ state: { t: [0] } })).rejects.toThrow('The state at the start (ndArray(…) and the like): t.0')
})
