import { expect, test } from 'vitest'
import { brightness, crop, flip, noise } from '../augment/augment.js'
import { arrayImages } from './array-images.js'
import { type BatchOptions, batches, batchesPerEpoch, epochOrder, type ImageBatch } from './batches.js'
import { checkPreparation, makeBatch } from './make-batch.js'

const images = arrayImages({
  pixels: Uint8Array.from({ length: 10 * 12 }, (_, i) => (i * 37) % 256),
  labels: Array.from({ length: 10 }, (_, i) => i % 3),
  shape: [3, 2, 2],
})
const preparation = { shape: [3, 2, 2] as const, mean: [0.5, 0, 0], std: [0.5, 1, 1] }
const options: BatchOptions = { size: 4, seed: 1, preparation }

async function all(o: BatchOptions, at = {}): Promise<ImageBatch[]> {
  const list: ImageBatch[] = []
  for await (const batch of batches(images, o, at)) list.push(batch)
  return list
}

test('one epoch sees each image at most once, in an order of its own; a start in the middle continues it', async () => {
  const order = epochOrder(10, 1, 0)
  expect([...order].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
  expect(epochOrder(10, 1, 1)).not.toEqual(order)
  const whole = await all(options)
  expect(whole).toHaveLength(2)
  expect([...whole[0].label.data]).toEqual([...order.subarray(0, 4)].map((i) => i % 3))
  expect(await all(options, { start: 1 })).toEqual(whole.slice(1))
})

test('the last batch is dropped or padded', async () => {
  const padded = await all({ ...options, shuffle: false, dropLast: false })
  expect(padded.map(({ count }) => count)).toEqual([4, 4, 2])
  expect([...padded[2].label.data]).toEqual([2, 0, 2, 0])
})

test('bytes are scaled, then normalised for each channel', async () => {
  const [batch] = await all({ ...options, shuffle: false })
  expect(batch.image.data[1]).toBeCloseTo((37 / 255 - 0.5) / 0.5, 6)
  expect(batch.image.data[5]).toBeCloseTo(((5 * 37) % 256) / 255, 6)
})

test('who makes a batch, and how far ahead, changes nothing', async () => {
  const augmented = {
    ...options,
    preparation: { ...preparation, augment: [flip(), crop(1), brightness(0.2), noise(0.1)] },
  }
  const here = await all(augmented)
  const elsewhere = await all({
    ...augmented,
    ahead: 0,
    makeBatch: async (payload) => makeBatch(structuredClone(payload)),
  })
  expect(elsewhere).toEqual(here)
  expect(here).not.toEqual(await all(augmented, { epoch: 1 }))
})

test('no images and no batches are refused', async () => {
  await expect(all({ ...options, ahead: -1 })).rejects.toThrow('-1 batches ahead of the one in use')
  expect(() => batchesPerEpoch(0, { size: 0, dropLast: false })).toThrow('There are no images')
  expect(() => batchesPerEpoch(10, { size: 0 })).toThrow('A batch of 0 images')
})

test('whichever worker is done first, batches come in order and are the same', async () => {
  const augmented = { ...options, dropLast: false, preparation: { ...preparation, augment: [flip(), noise(0.1)] } }
  const here = await all(augmented)
  let waiting: (() => void)[] = []
  // Batches are made last first, as many at once as are begun.
  const makeLate: BatchOptions['makeBatch'] = async (payload) => {
    await new Promise<void>((done) => {
      waiting.unshift(done)
      setTimeout(() => {
        const [first, ...more] = waiting
        waiting = more
        first?.()
      })
    })
    return makeBatch(payload)
  }
  for (const ahead of [0, 1, 7]) expect(await all({ ...augmented, makeBatch: makeLate, ahead })).toEqual(here)
})

test('a batch that cannot be made fails when its turn comes, and an image of another size is named', async () => {
  const odd = { ...images, image: (i: number) => (i === 5 ? new Uint8Array(3) : images.image(i)) }
  const seen: number[] = []
  const read = async () => {
    for await (const { count } of batches(odd, { ...options, shuffle: false })) seen.push(count)
  }
  await expect(read()).rejects.toThrow('Image 5 has 3 bytes, not 12: [3, 2, 2] is wanted.')
  expect(seen).toEqual([4])
})

test('a preparation that does not suit the images is refused', () => {
  expect(() => checkPreparation({ shape: [1, 2, 2] }, images)).toThrow(
    'The images are 3 × 2 × 2, the preparation is for',
  )
  expect(() => checkPreparation({ shape: [3, 2, 2], mean: [0.5] }, images)).toThrow(
    'mean is [0.5]: 3 numbers are wanted',
  )
  expect(() => checkPreparation({ shape: [3, 2, 2], std: [1, 1, 0] }, images)).toThrow('wanted, above 0, one a channel')
  expect(() => checkPreparation(preparation, images)).not.toThrow()
})
