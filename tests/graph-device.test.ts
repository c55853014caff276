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
  await expect(step.run({ y: ndArray([1, -2], [2]) })).rejects.toThrow('closed')
})
