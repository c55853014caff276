import { compileStep, f32, gradients, mean, mul, ndArray, sub } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { expect, test } from 'vitest'

test('the native device trains in a thread of its own while the calling thread goes on', async () => {
  const device = nodeDevice()
  const step = await compileStep(
    ({ w }, { y }) => {
      const error = sub(w, y)
      const loss = mean(mul(error, error))
      return { state: { w: sub(w, gradients(loss, [w])[0]) }, outputs: { loss } }
    },
    { state: { w: ndArray([0, 0], [2]) }, feeds: { y: f32(2) }, device },
  )
  for (let i = 0; i < 30; i++) await step.run({ y: ndArray([1, -2], [2]) })
  expect([...(await step.readState()).w.data]).toEqual([1, -2])
  await device.close()
  await expect(step.run({ y: ndArray([1, -2], [2]) })).rejects.toThrow('The device "node" is closed')
})

test('ten thousand steps in a worker leave memory as it was', async () => {
  const device = nodeDevice({ threads: 1 })
  const step = await compileStep(
    ({ w }, { y }) => {
      const error = sub(w, y)
      const loss = mean(mul(error, error))
      return { state: { w: sub(w, gradients(loss, [w])[0]) }, outputs: { loss, error } }
    },
    { state: { w: ndArray(new Float32Array(2048), [2048]) }, feeds: { y: f32(2048) }, device },
  )
  // What crosses the threads in a step is 16 kB: 160 MB over all steps, if nothing were freed.
  const run = async (steps: number) => {
    for (let i = 0; i < steps; i++) await step.run({ y: ndArray(new Float32Array(2048).fill(i), [2048]) })
    return process.memoryUsage().rss / 2 ** 20
  }
  const before = await run(3000)
  expect((await run(10_000)) - before).toBeLessThan(40)
  await device.close()
})
