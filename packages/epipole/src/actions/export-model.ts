import path from 'node:path'
import { constant, div, f32, ndArray, softmax, sub, toOnnx } from '@epipole/graph'
import { traceModel } from '@epipole/learn'
import { type LoadedModel, loadModel } from '../learning/load-model.node.js'
import { writeFiles } from '../outputs/write-files.js'

export interface ExportModelOptions {
  /** The file; default `model.onnx` in the model's folder. */
  readonly out?: string
  /** The last weights in place of the best. */
  readonly last?: boolean
}

export interface ExportModelResult {
  /** Absolute. */
  readonly out: string
  readonly bytes: number
  /** One image: channels, height, width. */
  readonly shape: readonly number[]
  readonly classes: readonly string[]
}

/**
 * Writes a trained classifier as an ONNX file for any runtime. `image` is f32 [batch, channels, height, width], RGB (or gray)
 * from 0 to 1, batches of any size; mean and deviation are taken off inside. `logits` and `probabilities` are [batch, classes].
 * The metadata hold `classes` (a JSON list, in the order of the outputs) and `input`.
 *
 * @throws EpipoleError `io` where a file cannot be read or written, `input` where the folder holds no model, a damaged or an untrained one
 */
export async function exportModel(model: string, options: ExportModelOptions = {}): Promise<ExportModelResult> {
  const out = path.resolve(options.out ?? path.join(model, 'model.onnx'))
  const loaded = await loadModel(model, { last: options.last ?? false })
  const bytes = modelOnnx(loaded)
  await writeFiles(new Map([[out, bytes]]))
  const { classes, preparation } = loaded.file
  return { out, bytes: bytes.length, shape: preparation.shape, classes }
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
