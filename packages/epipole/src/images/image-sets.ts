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
  /** The same wherever equal images lie, and another where one was added, taken away, changed or put into another class. */
  readonly fingerprint: string
  /** How it was recognised. */
  readonly form: 'class folders' | 'IDX' | 'CIFAR'
  /** By name; empty unless they were to be skipped. */
  readonly refused: readonly RefusedImage[]
}
