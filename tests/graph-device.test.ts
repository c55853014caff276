import { compileStep, f32, gradients, mean, mul, ndArray, sub, type Tensor } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { expect, test } from 'vitest'

test('the native device trains in a thread of its own while the calling thread goes on', async () => {
  const device = nodeDevice()
  const step = await compileStep(
    ({ w }: { w: Tensor }, { y }: { y: Tensor }) => {
      const error = sub(w, y)
      const loss = mean(mul(error, error))
      return { state: { w: sub(w, gradients(loss, [w])[0]) }, outputs: { loss } }
    },
    { state: { w: ndArray([0, 0], [2]) } as never, feeds: { y: f32(2) } as never, device },
  )
  for (let i = 0; i < 30; i++) await step.run({ y: ndArray([1, -2], [2]) } as never)
  expect([...((await step.readState()) as unknown as { w: { data: Float32Array } }).w.data]).toEqual([1, -2])
  await device.close()
  await expect(step.run({ y: ndArray([1, -2], [2]) } as never)).rejects.toThrow('closed')
})
