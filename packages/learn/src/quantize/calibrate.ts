import { EpipoleError, randomStream, throwIfAborted } from '@epipole/core'
import {
  compileStep,
  constant,
  type Device,
  f32,
  isNdArray,
  leavesOf,
  mapTree,
  type NdArray,
  type Tensor,
} from '@epipole/graph'
import type { LabelledImages } from '../data/array-images.js'
import { type BatchMaker, batches } from '../data/batches.js'
import type { Preparation } from '../data/make-batch.js'
import { bind } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import { initialise, mapLayers } from '../layers/variables.js'
import { isQuantized } from './quantized.js'

export interface CalibrateOptions {
  /** As `quantized` makes it. */
  readonly net: LayerLike
  /** Of the model before or after `quantized`. */
  readonly variables: Variables
  readonly images: LabelledImages
  /** As in training; its augmentation is left out. */
  readonly preparation: Preparation
  readonly device: Device
  /** How many images are looked at, the same for all runs; default 1000, or all there are. */
  readonly count?: number
  /** Default 50. */
  readonly batchSize?: number
  readonly makeBatch?: BatchMaker
  readonly signal?: AbortSignal
}

/**
 * Quantisation after training: the ranges of a quantised model's layers from some images, everything else as it was. The model is
 * used, not trained: statistics stay, nothing is dropped.
 *
 * @returns the variables of `net`
 * @throws EpipoleError `usage` where nothing in `net` is quantised, or there are no images
 */
export async function calibrate(options: CalibrateOptions): Promise<Variables> {
  const { net, images, device, preparation, count = 1000, makeBatch, signal } = options
  const size = Math.min(options.batchSize ?? 50, images.count)
  if (size === 0) throw new EpipoleError('usage', 'Calibration needs images: there are none.')
  const { net: watching, layers } = follow(net)
  if (layers === 0) throw new EpipoleError('usage', 'Nothing in this model is quantised: give it to `quantized` first.')
  const { params, buffers } = complete(net, options.variables)
  const fixed = mapTree<NdArray, Tensor>(params, isNdArray, (value) => constant(value))
  const step = await compileStep(
    ((state: { buffers: Variables<Tensor>['buffers'] }, { image }: { image: Tensor }) => {
      const apply = bind(watching, { params: fixed, buffers: state.buffers })
      apply(image)
      return { state: { buffers: apply.buffers() }, outputs: {} }
    }) as never,
    { state: { buffers } as never, feeds: { image: f32(size, ...preparation.shape) } as never, device },
  )
  try {
    const { shape, mean, std } = preparation
    const plain = { shape, ...(mean && { mean }), ...(std && { std }) }
    let left = Math.max(1, Math.floor(Math.min(count, images.count) / size))
    for await (const { image } of batches(images, {
      size,
      seed: 0,
      preparation: plain,
      ...(makeBatch && { makeBatch }),
    })) {
      throwIfAborted(signal)
      await step.run({ image } as never)
      if (--left === 0) break
    }
    const state = (await step.readState()) as { buffers: Variables['buffers'] }
    return { params, buffers: state.buffers }
  } finally {
    await step.close()
  }
}

/** The model in use, but for its quantised layers, which follow their ranges as in training. */
function follow(net: LayerLike): { net: LayerLike; layers: number } {
  let layers = 0
  const watching = mapLayers(net, (layer) => {
    if (!isQuantized(layer)) return layer
    layers++
    return { ...layer, forward: (own, ...inputs) => layer.forward({ ...own, training: true }, ...inputs) }
  })
  return { net: watching, layers }
}

/** The given numbers where there are some; ranges that nobody has set are empty. */
function complete(net: LayerLike, { params, buffers }: Variables): Variables {
  const given = new Map(leavesOf(buffers, isNdArray))
  const start = initialise(net, randomStream(0)).buffers
  return { params, buffers: mapTree<NdArray, NdArray>(start, isNdArray, (own, path) => given.get(path) ?? own) }
}
