import { EpipoleError } from '@epipole/core'
import { add, equal, fakeQuantize, max, maximum, min, minimum, mul, type Tensor, where } from '@epipole/graph'
import { zeros } from '../initialisers/initialisers.js'
import type { Layer, LayerLike, Own } from '../layers/layer.js'
import { mapLayers } from '../layers/variables.js'
import { checkBits, rangeGrid, symmetricGrid } from './grids.js'

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
/** Layers without weights that integer arithmetic goes through as well. */
const AVERAGES: readonly string[] = ['globalAveragePool', 'avgPool2d', 'adaptiveAvgPool2d']

/**
 * The model as integer arithmetic computes it: its linear and convolution layers, average pools, and sums of residual blocks
 * with something after them, as `quantizedLayer` makes them; the original stays. To train it is quantisation-aware training; with
 * `calibrate` it is quantisation after training.
 */
export const quantized = (model: LayerLike, options: QuantizeOptions = {}): LayerLike =>
  mapLayers(model, (layer) => (isQuantizable(layer) ? quantizedLayer(layer, options) : layer))

/** Whether `quantized` has been here. */
export const isQuantized = ({ options }: Layer): boolean => options?.activationBits !== undefined

const isQuantizable = (layer: Layer): boolean =>
  Object.hasOwn(OUTPUT_AXIS, layer.kind) || AVERAGES.includes(layer.kind) || summands(layer) !== undefined

/**
 * The parts of a residual block whose results are added up, where an activation follows: such a sum is rounded by the next layer
 * anyway. Sums without one carry what must not be rounded again and again.
 */
function summands({ kind, children }: Layer): { branch: string; shortcut: string } | undefined {
  if (kind === 'basicBlock') return { branch: 'bn2', shortcut: 'downsample' }
  return kind === 'residual' && children?.after ? { branch: 'branch', shortcut: 'shortcut' } : undefined
}

/**
 * A layer that computes with fake-quantised numbers: weights (symmetric, by output channel) and input of linear and convolution
 * layers, whose bias stays, as integer arithmetic keeps it in 32 bits; the input of average pools; both sides of a residual
 * block's sum. Parameters keep their names, so numbers trained without it load. Buffers `input_low`, `input_high` [] (of a
 * block `branch_low`, …) are the range with 0: the first batch's, then a moving average over the batches of training. Until a
 * batch has been seen, numbers pass as they are.
 */
export function quantizedLayer(layer: Layer, options: QuantizeOptions = {}): Layer {
  const { weightBits = 8, activationBits = 8, momentum = 0.01 } = options
  if (!isQuantizable(layer))
    throw new EpipoleError(
      'usage',
      `"${layer.kind}" is not quantised: only ${[...Object.keys(OUTPUT_AXIS), ...AVERAGES].join(', ')}, basicBlock, and residual with \`after\` are.`,
    )
  const sum = summands(layer)
  const places = sum ? ['branch', 'shortcut'] : ['input']
  if (isQuantized(layer)) throw new EpipoleError('usage', `This ${layer.kind} is quantised already.`)
  checkBits(weightBits)
  checkBits(activationBits)
  if (!(momentum > 0 && momentum <= 1))
    throw new EpipoleError('usage', `The momentum of a running range is ${momentum}: it must be above 0 and at most 1.`)
  const ends = places.flatMap((place) => [`${place}_low`, `${place}_high`])
  return {
    ...layer,
    options: { ...layer.options, weightBits, activationBits },
    buffers: { ...layer.buffers, ...Object.fromEntries(ends.map((end) => [end, { shape: [], initialise: zeros }])) },
    forward(own, x) {
      const buffers: Record<string, Tensor> = {}
      const rounded = (place: string, value: Tensor): Tensor => {
        const range = own.training ? follow(own, place, value, momentum) : own.buffers
        const [low, high] = [range[`${place}_low`], range[`${place}_high`]]
        Object.assign(buffers, { [`${place}_low`]: low, [`${place}_high`]: high })
        return where(equal(low, high), value, fakeQuantize(value, rangeGrid(low, high, activationBits)))
      }
      const output = sum
        ? layer.forward({ ...own, parts: roundedParts(own, sum, rounded) }, x)
        : layer.forward({ ...own, params: roundedWeight(layer, own, weightBits) }, rounded('input', x))
      return { output: output as Tensor, buffers }
    },
  }
}

function roundedWeight({ kind }: Layer, { params }: Own, bits: number): Own['params'] {
  const { weight } = params
  if (weight === undefined) return params
  return { ...params, weight: fakeQuantize(weight, symmetricGrid(weight, bits, OUTPUT_AXIS[kind])) }
}

/** The two ways of a residual block, rounded where they meet. */
const roundedParts = (
  { parts }: Own,
  { branch, shortcut }: { branch: string; shortcut: string },
  rounded: (place: string, value: Tensor) => Tensor,
): Own['parts'] => ({
  ...parts,
  [branch]: (x) => rounded('branch', (parts[branch] as (x: Tensor) => Tensor)(x)),
  [shortcut]: (x) => rounded('shortcut', parts[shortcut]?.(x) ?? x),
})

/** The running range after a batch. It takes in 0, so only a layer that has seen nothing else has both ends equal. */
function follow({ buffers }: Own, place: string, x: Tensor, momentum: number): Record<string, Tensor> {
  const [low, high] = [buffers[`${place}_low`], buffers[`${place}_high`]]
  const first = equal(low, high)
  const next = (old: Tensor, now: Tensor) => where(first, now, add(mul(old, 1 - momentum), mul(now, momentum)))
  return { [`${place}_low`]: next(low, minimum(min(x), 0)), [`${place}_high`]: next(high, maximum(max(x), 0)) }
}
