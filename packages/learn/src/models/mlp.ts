import { EpipoleError } from '@epipole/core'
import { relu } from '../layers/activations.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'

/**
 * A multi-layer perceptron of the given widths, [N, widths[0]] to [N, last width]: linear layers with an activation between
 * them, none behind the last. Named 0, 1, 2, … as a plain sequence.
 */
export function mlp(widths: readonly number[], activation: LayerLike = relu): Layer {
  if (widths.length < 2)
    throw new EpipoleError('usage', `A perceptron of the widths [${widths}]: inputs and outputs are two at least.`)
  return sequential(
    ...widths.slice(1).flatMap((width, i) => [...(i > 0 ? [activation] : []), linear(widths[i], width)]),
  )
}
