import { EpipoleError, throwIfAborted } from '@epipole/core'
import { type Device, f32, type NdArray } from '@epipole/graph'
import type { LabelledImages } from '../data/array-images.js'
import { type BatchMaker, batches } from '../data/batches.js'
import { checkPreparation, type Preparation } from '../data/make-batch.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import { compileModel } from './compile-model.js'

export interface EvaluateOptions {
  readonly net: LayerLike
  readonly variables: Variables
  readonly images: LabelledImages
  /** As in training; its augmentation is left out. */
  readonly preparation: Preparation
  readonly device: Device
  /** Default 250. */
  readonly batchSize?: number
  readonly makeBatch?: BatchMaker
  readonly signal?: AbortSignal
}

/** How a classifier does on labelled images. */
export interface Evaluation {
  readonly count: number
  readonly accuracy: number
  /** Mean cross-entropy. */
  readonly loss: number
  /** Row by true class, column by what was said: `confusion[truth * classes + said]`; as many classes as there are logits. */
  readonly confusion: Int32Array
  /** Logits of every image, count × classes. */
  readonly logits: Float32Array
}

/** Applies a classifier to labelled images. */
export async function evaluateClassifier(options: EvaluateOptions): Promise<Evaluation> {
  const { net, variables, images, preparation, device, makeBatch, signal } = options
  checkPreparation(preparation, images)
  const size = Math.min(options.batchSize ?? 250, images.count)
  const { shape, mean, std } = preparation
  const plain = { shape, ...(mean && { mean }), ...(std && { std }) }
  const specs = { image: f32(size, ...shape) }
  const model = await compileModel(net, variables, specs, (apply, { image }) => ({ logits: apply(image) }), device)
  try {
    const logits: Float32Array[] = []
    let classes = 0
    const making = {
      size,
      seed: 0,
      preparation: plain,
      shuffle: false,
      dropLast: false,
      ...(makeBatch && { makeBatch }),
    }
    for await (const { image, count } of batches(images, making)) {
      throwIfAborted(signal)
      const result = (await model.run({ image })).logits as NdArray
      classes = result.shape[1] as number
      logits.push((result.data as Float32Array).slice(0, count * classes))
    }
    return score(logits, images, classes)
  } finally {
    await model.close()
  }
}

function score(parts: readonly Float32Array[], images: LabelledImages, classes: number): Evaluation {
  const logits = new Float32Array(parts.reduce((n, p) => n + p.length, 0))
  let at = 0
  for (const part of parts) {
    logits.set(part, at)
    at += part.length
  }
  return { ...scoreLogits(logits, (i) => images.label(i), classes), logits }
}

/** Accuracy, cross-entropy and confusion from logits, count × classes. */
export function scoreLogits(
  logits: ArrayLike<number>,
  label: (i: number) => number,
  classes: number,
): Omit<Evaluation, 'logits'> {
  const count = logits.length / classes
  const confusion = new Int32Array(classes * classes)
  let right = 0
  let loss = 0
  for (let i = 0; i < count; i++) {
    let said = 0
    for (let c = 1; c < classes; c++)
      if ((logits[i * classes + c] as number) > (logits[i * classes + said] as number)) said = c
    const most = logits[i * classes + said] as number
    let sum = 0
    for (let c = 0; c < classes; c++) sum += Math.exp((logits[i * classes + c] as number) - most)
    const truth = label(i)
    if (!(truth >= 0 && truth < classes))
      throw new EpipoleError(
        'input',
        `Image ${i} is of class ${truth}, but the model tells ${classes} classes apart (from 0).`,
      )
    loss += most + Math.log(sum) - (logits[i * classes + truth] as number)
    if (said === truth) right++
    confusion[truth * classes + said]++
  }
  return { count, accuracy: right / count, loss: loss / count, confusion }
}
