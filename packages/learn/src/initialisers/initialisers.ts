import type { RandomStream } from '@epipole/core'
import type { Shape } from '@epipole/graph'
import type { Initialiser } from '../layers/layer.js'

const fill = (shape: Shape, value: () => number): Float32Array =>
  Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value)

export const constantValue =
  (value: number): Initialiser =>
  (shape) =>
    fill(shape, () => value)
export const zeros = constantValue(0)
export const ones = constantValue(1)
/** Uniform in (−bound, bound). */
export const uniform =
  (bound: number): Initialiser =>
  (shape, random: RandomStream) =>
    fill(shape, () => random.uniform(-bound, bound))
/** Normal around 0. */
export const normal =
  (std: number): Initialiser =>
  (shape, random) =>
    fill(shape, () => std * random.normal())
