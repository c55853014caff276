import { EpipoleError } from '@epipole/core'
import type { Tensor } from '@epipole/graph'

/** Throws `usage` where the last axes of an input (or the one from `axis` on) are not of a layer's size; of size 1 they would broadcast. */
export function checkSize(kind: string, x: Tensor, wanted: readonly number[], axis = x.rank - wanted.length): void {
  const given = axis < 0 ? [] : x.shape.slice(axis, axis + wanted.length)
  if (`${given}` !== `${wanted}`)
    throw new EpipoleError(
      'usage',
      `${kind} is for ${wanted.join(' × ')} features in axis ${Math.max(axis, 0)}; its input [${x.shape}] has ${given.join(' × ') || 'none'}.`,
    )
}

/** Throws `usage` where what is added to a variance is no number from 0. */
export function checkEps(kind: string, eps: number): void {
  if (!(eps >= 0 && Number.isFinite(eps)))
    throw new EpipoleError('usage', `The eps of ${kind} is ${eps}: a number from 0 is wanted.`)
}
