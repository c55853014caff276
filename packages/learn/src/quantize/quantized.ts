import { EpipoleError } from '@epipole/core'
import { add, equal, max, maximum, min, minimum, mul, type Tensor, where } from '@epipole/graph'
import { zeros } from '../initialisers/initialisers.js'
import type { Layer, LayerLike, Own } from '../layers/layer.js'
import { mapLayers } from '../layers/variables.js'
import { checkBits, fakeQuantize, rangeGrid, symmetricGrid } from './fake-quantize.js'

export interface QuantizeOptions {
  /** Of weights, symmetric around 0 for each output channel; 2 to 8, default 8. */
  readonly weightBits?: number
  /** Of what a layer takes, over its running range; 2 to 8, default 8. */
  readonly activationBits?: number
  /** Share of the newest batch in the running range; default 0.01. */
  readonly momentum?: number
}

/** Which axis of a weight its output channels are. */
const OUTPUT_AXIS: Readonly<Record<string, number>> = { linear: 0, conv2d: 0, convTranspose2d: 1 }

/**
 * The model with its linear and convolution layers as `quantizedLayer` makes them; the original stays. To train it is
 * quantisation-aware training; to run it in training with a rate of 0 only sets the ranges, which is quantisation after training.
 */
export const quantized = (model: LayerLike, options: QuantizeOptions = {}): LayerLike =>
  mapLayers(model, (layer) => (Object.hasOwn(OUTPUT_AXIS, layer.kind) ? quantizedLayer(layer, options) : layer))

/**
 * A linear or convolution layer that computes with fake-quantised weights and input; the bias stays, as integer arithmetic keeps
 * it in 32 bits. Parameters keep their names, so numbers trained without it load. Buffers `input_low`, `input_high` [] are
 * the input's range with 0: the first batch's, then a moving average over the batches of training. Until it has seen a batch
 * the input passes as it is.
 */
export function quantizedLayer(layer: Layer, options: QuantizeOptions = {}): Layer {
  const { weightBits = 8, activationBits = 8, momentum = 0.01 } = options
  const axis = OUTPUT_AXIS[layer.kind]
  if (!Object.hasOwn(OUTPUT_AXIS, layer.kind))
    throw new EpipoleError(
      'usage',
      `"${layer.kind}" is not quantised: only ${Object.keys(OUTPUT_AXIS).join(', ')} are.`,
    )
  if (layer.buffers?.input_low) throw new EpipoleError('usage', `This ${layer.kind} is quantised already.`)
  checkBits(weightBits)
  checkBits(activationBits)
  if (!(momentum > 0 && momentum <= 1))
    throw new EpipoleError('usage', `The momentum of a running range is ${momentum}: it must be above 0 and at most 1.`)
  return {
    ...layer,
    options: { ...layer.options, weightBits, activationBits },
    buffers: {
      ...layer.buffers,
      input_low: { shape: [], initialise: zeros },
      input_high: { shape: [], initialise: zeros },
    },
    forward(own, x) {
      const range = own.training ? follow(own, x, momentum) : own.buffers
      const { input_low: low, input_high: high } = range
      const input = where(equal(low, high), x, fakeQuantize(x, rangeGrid(low, high, activationBits)))
      const weight = fakeQuantize(own.params.weight, symmetricGrid(own.params.weight, weightBits, axis))
      const output = layer.forward({ ...own, params: { ...own.params, weight } }, input) as Tensor
      return { output, buffers: range }
    },
  }
}

/** The running range after a batch. It takes in 0, so only a layer that has seen nothing else has both ends equal. */
function follow({ buffers }: Own, x: Tensor, momentum: number): Record<string, Tensor> {
  const { input_low: low, input_high: high } = buffers
  const first = equal(low, high)
  const next = (old: Tensor, now: Tensor) => where(first, now, add(mul(old, 1 - momentum), mul(now, momentum)))
  return { input_low: next(low, minimum(min(x), 0)), input_high: next(high, maximum(max(x), 0)) }
}
