import path from 'node:path'
import { EpipoleError, type OnEvent } from '@epipole/core'
import { constant, div, f32, ndArray, softmax, sub, toOnnx } from '@epipole/graph'
import { calibrate, traceModel } from '@epipole/learn'
import { type LoadedModel, loadModel } from '../learning/load-model.node.js'
import { openModelImages } from '../learning/model-images.node.js'
import { modelFor, QUANTIZE } from '../learning/recipe.js'
import { type RuntimeOptions, withRuntime } from '../learning/runtime.node.js'
import { writeFiles } from '../outputs/write-files.js'

export interface ExportModelOptions extends RuntimeOptions {
  /** The file; default `model.onnx` in the model's folder. */
  readonly out?: string
  /** The last weights in place of the best. */
  readonly last?: boolean
  /**
   * 8-bit integers in place of floats: what a model trained with `quantize` always is written as; any other needs `calibrate`.
   */
  readonly quantize?: boolean
  /** Quantises a model that was trained in floats: folder or archive of images like those it will see, labelled or not; 1000 of them are looked at. */
  readonly calibrate?: string
  readonly skipDamaged?: boolean
  readonly onEvent?: OnEvent
}

export interface ExportModelResult {
  /** Absolute. */
  readonly out: string
  readonly bytes: number
  /** One image: channels, height, width. */
  readonly shape: readonly number[]
  readonly classes: readonly string[]
  readonly numbers: 'floats' | 'integers'
}

/**
 * Writes a trained classifier as an ONNX file for any runtime. `image` is f32 [batch, channels, height, width], RGB (or gray)
 * from 0 to 1, batches of any size; mean and deviation are taken off inside. `logits` and `probabilities` are [batch, classes].
 * The metadata hold `classes` (a JSON list, in the order of the outputs) and `input`. A quantised model computes with integers
 * (weights of 7 bits kept in int8, activations uint8), a quarter of the size.
 *
 * @throws EpipoleError `io` where a file cannot be read or written, `input` where the folder holds no model, a damaged or an
 * untrained one, `usage` where a model of floats is to be quantised without images to calibrate by
 */
export async function exportModel(model: string, options: ExportModelOptions = {}): Promise<ExportModelResult> {
  const out = path.resolve(options.out ?? path.join(model, 'model.onnx'))
  const trained = await loadModel(model, { last: options.last ?? false })
  const loaded = await quantizedModel(model, trained, options)
  const bytes = modelOnnx(loaded)
  await writeFiles(new Map([[out, bytes]]))
  const { classes, preparation, quantize } = loaded.file
  return { out, bytes: bytes.length, shape: preparation.shape, classes, numbers: quantize ? 'integers' : 'floats' }
}

/** The model as the options want it. */
async function quantizedModel(folder: string, loaded: LoadedModel, options: ExportModelOptions): Promise<LoadedModel> {
  const { file } = loaded
  if (file.quantize) {
    if (options.calibrate === undefined) return loaded
    throw new EpipoleError('usage', `${folder} was trained with --quantize and has its ranges: leave out --calibrate.`)
  }
  if (options.calibrate !== undefined) return calibrated(loaded, options.calibrate, options)
  if (!options.quantize) return loaded
  throw new EpipoleError(
    'usage',
    `${folder} was trained in floats, and how large its numbers become is not known. Give images like those it will see (--calibrate <data>), or train it with --quantize, which loses less.`,
    { model: folder },
  )
}

async function calibrated(loaded: LoadedModel, data: string, options: ExportModelOptions): Promise<LoadedModel> {
  const { file, variables } = loaded
  const { signal } = options
  const net = modelFor(file.model, file.preparation.shape, file.classes.length, { ...QUANTIZE, momentum: 0.1 })
  return withRuntime(options, async ({ pool, device }) => {
    const { train: images } = await openModelImages(file, data, { ...options, pool, unlabelled: true })
    const ranged = await calibrate({
      net,
      variables,
      images,
      preparation: file.preparation,
      device,
      makeBatch: (payload) => pool.run('makeBatch', payload),
      ...(signal && { signal }),
    })
    return { file: { ...file, quantize: QUANTIZE }, net, variables: ranged }
  })
}

/** The model as ONNX, normalisation and softmax around it. */
function modelOnnx({ file, net, variables }: LoadedModel): Uint8Array {
  const { shape, mean, std } = file.preparation
  const perChannel = (values: readonly number[]) => constant(ndArray(Float32Array.from(values), [values.length, 1, 1]))
  const traced = (batch: number) =>
    traceModel(net, variables, { image: f32(batch, ...shape) }, (apply, { image }) => {
      const logits = apply(div(sub(image, perChannel(mean)), perChannel(std)))
      return { logits, probabilities: softmax(logits) }
    }).graph
  // Not of one: what is repeated once for each image would fall away there.
  return toOnnx(traced(2), {
    batch: { other: traced(3) },
    metadata: {
      classes: JSON.stringify(file.classes),
      input: `${shape[0] === 1 ? 'gray' : 'RGB'} from 0 to 1, channels first; normalised inside`,
    },
  })
}
