import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { nodeDevice } from '@epipole/graph/node'
import {
  arrayImages,
  crossEntropy,
  flatten,
  linear,
  memoryCheckpoints,
  sequential,
  sgd,
  subset,
  train,
} from '@epipole/learn'
import { expect, test } from 'vitest'

/** Megabytes of the whole process, and of what JavaScript holds, garbage collected. */
function memory(): { readonly process: number; readonly held: number } {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage()
  return { process: rss / 2 ** 20, held: (heapUsed + arrayBuffers) / 2 ** 20 }
}

test('ten thousand steps with their validations and checkpoints take no more memory than the first thousands', async () => {
  const labels = Array.from({ length: 8000 }, (_, i) => i % 2)
  const pixels = Uint8Array.from({ length: 8000 * 64 }, (_, i) => (i * 37) % 256)
  const images = arrayImages({ pixels, labels, shape: [1, 8, 8] })
  const device = nodeDevice({ threads: 1 })
  const marks = new Map<number, ReturnType<typeof memory>>()
  try {
    const { position } = await train({
      net: sequential(flatten, linear(64, 2)),
      loss: (apply, { image, label }) => crossEntropy(apply(image), label),
      optimizer: sgd(),
      rate: 0.01,
      train: images,
      validation: subset(images, [0, 1, 2, 3]),
      batchSize: 16,
      epochs: 20,
      device,
      checkpoints: memoryCheckpoints(),
      onValidation: ({ step }) => marks.set(step, memory()),
    })
    expect(position.step).toBe(10_000)
  } finally {
    await device.close()
  }
  const at = (step: number) => marks.get(step) as ReturnType<typeof memory>
  // One batch kept a step would be 28 MB; batches that are made ahead come and go (2 MB).
  expect(at(10_000).held - at(3000).held).toBeLessThan(8)
  // Here the thread of the runtime is in it as well, whose allocator moves by some megabytes.
  expect(at(10_000).process - at(3000).process).toBeLessThan(20)
})
