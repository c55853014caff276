import { EpipoleError } from '@epipole/core'
import { mean, sum, type Tensor } from '@epipole/graph'

/** How the losses of single examples become one number; `none` leaves them. */
export type Reduction = 'mean' | 'sum' | 'none'

export interface LossOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction
}

const REDUCTIONS: Readonly<Record<Reduction, (losses: Tensor) => Tensor>> = {
  mean: (losses) => mean(losses),
  sum: (losses) => sum(losses),
  none: (losses) => losses,
}

export function reduce(losses: Tensor, reduction: Reduction = 'mean'): Tensor {
  if (!Object.hasOwn(REDUCTIONS, reduction))
    throw new EpipoleError('usage', `There is no reduction "${reduction}": take ${Object.keys(REDUCTIONS).join(', ')}.`)
  return REDUCTIONS[reduction](losses)
}

/**
 * Throws `usage` where a target has another shape than what it is compared with: [N] against [N, 1] would broadcast to all pairs.
 * One number for all is no mistake.
 */
export function checkAlike(target: Tensor, what: string, prediction: Tensor): void {
  if (target.rank > 0 && `${target.shape}` !== `${prediction.shape}`)
    throw new EpipoleError(
      'usage',
      `A target [${target.shape}] for ${what} [${prediction.shape}]: shapes must agree. Reshape one of them.`,
    )
}
