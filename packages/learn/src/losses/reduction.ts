import { mean, sum, type Tensor } from '@epipole/graph'

/** How the losses of single examples become one number; `none` leaves them. */
export type Reduction = 'mean' | 'sum' | 'none'

export interface LossOptions {
  /** Default `mean`. */
  readonly reduction?: Reduction
}

export const reduce = (losses: Tensor, reduction: Reduction = 'mean'): Tensor =>
  reduction === 'none' ? losses : reduction === 'sum' ? sum(losses) : mean(losses)
