import { EpipoleError, randomStream } from '@epipole/core'
import { type LabelledImages, subset } from '@epipole/learn'
import type { ImageSets } from '../images/image-sets.js'

export interface SplitOptions {
  /** Part of the training images kept for validation where the data has no test images; default 0.1. */
  readonly hold?: number
  /**
   * Part of the training images that is used, for learning curves: the same part of each class, at least one image. By `seed`;
   * a smaller part lies within a larger one, and validation images are the same for all.
   */
  readonly fraction?: number
  readonly seed?: number
  /** Of which images are held back; default `seed`. */
  readonly holdSeed?: number
}

/** Training and validation images: the data's own test images, or some of each class held back; equal for a seed. */
export function splitImages(
  { train: all, test }: Pick<ImageSets, 'train' | 'test'>,
  { hold = 0.1, seed = 0, holdSeed = seed, fraction = 1 }: SplitOptions,
): { train: LabelledImages; validation: LabelledImages } {
  if (!(fraction > 0 && fraction <= 1))
    throw new EpipoleError('usage', `A fraction of ${fraction}: above 0, at most 1.`)
  const order = randomStream(holdSeed, 'hold').shuffle(Array.from({ length: all.count }, (_, i) => i))
  const byClass = all.classes.map((_, c) => order.filter((i) => all.label(i) === c))
  const held = test ? [] : byClass.flatMap((list) => list.splice(0, Math.max(1, Math.round(hold * list.length))))
  const empty = byClass.findIndex((list) => list.length === 0)
  if (empty >= 0)
    throw new EpipoleError('input', `Class ${all.classes[empty]} has too few images to keep some for validation.`)
  const kept = byClass.flatMap((list) => list.slice(0, Math.max(1, Math.round(fraction * list.length))))
  return {
    train: subset(
      all,
      kept.sort((a, b) => a - b),
    ),
    validation: test ?? subset(all, held),
  }
}
