import { EpipoleError } from '@epipole/core'
import { add, mul } from '@epipole/graph'
import { constantly } from '../initialisers/initialisers.js'
import { checkSize } from './checks.js'
import { dropPath } from './dropout.js'
import type { Layer, LayerLike } from './layer.js'

export interface ResidualOptions {
  /** What the input passes on its way around the branch, where shapes change; default nothing. */
  readonly shortcut?: LayerLike
  /** Probability that the branch is left out in training; default 0. */
  readonly dropPath?: number
  /** What follows the sum, e.g. `relu`; default nothing. */
  readonly after?: LayerLike
}

/** x + branch(x) (He et al. 2016): the gradient has a way around every branch. Parts `branch`, `shortcut`, `after`. */
export const residual = (branch: LayerLike, { shortcut, dropPath: rate = 0, after }: ResidualOptions = {}): Layer => ({
  kind: 'residual',
  children: {
    branch,
    ...(shortcut && { shortcut }),
    ...(rate > 0 && { drop_path: dropPath(rate) }),
    ...(after && { after }),
  },
  forward({ parts }, x) {
    const change = parts.branch(x)
    const around = parts.shortcut?.(x) ?? x
    if (`${change.shape}` !== `${around.shape}`)
      throw new EpipoleError(
        'usage',
        `The branch of a residual block gives [${change.shape}], what goes around it is [${around.shape}]: give a \`shortcut\` of that shape.`,
      )
    const sum = add(around, parts.drop_path?.(change) ?? change)
    return parts.after?.(sum) ?? sum
  },
})

/** Learned scale of each channel of a branch, small at first (Touvron et al. 2021, LayerScale): `gamma` [size], last axis. */
export const layerScale = (size: number, start = 1e-5): Layer => ({
  kind: 'layerScale',
  options: { size, start },
  params: { gamma: { shape: [size], initialise: constantly(start) } },
  forward({ params }, x) {
    checkSize('layerScale', x, [size])
    return mul(x, params.gamma)
  },
})
