import type { LabelledImages } from '@epipole/learn'

/** An image that was left out, and why. */
export interface RefusedImage {
  readonly name: string
  readonly reason: string
}

/** What a data folder or archive holds. */
export interface ImageSets {
  readonly train: LabelledImages
  /** Images for validation, where the data says which: `test`, `val` or `valid` beside `train`. */
  readonly test?: LabelledImages
  /** How it was recognised. */
  readonly form: 'class folders' | 'IDX' | 'CIFAR'
  /** Empty unless they were to be skipped. */
  readonly refused: readonly RefusedImage[]
}
