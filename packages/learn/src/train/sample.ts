import type { LabelledImages } from '../data/array-images.js'
import { type BatchOptions, batches, batchesPerEpoch } from '../data/batches.js'
import type { ImageSpecs } from './train.js'
import type { Batch } from './training-step.js'

/** A unit that is 0 for fewer images may be so by chance. */
const ENOUGH_IMAGES = 64

/** The first batches of an epoch, as many as it takes to tell dead units from quiet ones: about 64 images, where there are so many. */
export async function sampleBatches(
  images: LabelledImages,
  options: Omit<BatchOptions, 'ahead' | 'dropLast' | 'shuffle'>,
): Promise<Batch<ImageSpecs>[]> {
  const count = Math.min(batchesPerEpoch(images.count, options), Math.ceil(ENOUGH_IMAGES / options.size))
  const sample: Batch<ImageSpecs>[] = []
  const order = batches(images, { ...options, ahead: 0 })
  while (sample.length < count) {
    const { image, label } = (await order.next()).value as Batch<ImageSpecs>
    sample.push({ image, label })
  }
  await order.return(undefined)
  return sample
}
