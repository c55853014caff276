import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { defaultWorkers, type EpipoleError, isEpipoleError, throwIfAborted } from '@epipole/core'
import { f32, ndArray } from '@epipole/graph'
import { type CompiledModel, compileModel, makeBatch } from '@epipole/learn'
import type { RefusedImage } from '../images/image-sets.js'
import { loadModel } from '../learning/load-model.node.js'
import type { ModelFile } from '../learning/model-file.js'
import { type LearningRuntime, type RuntimeOptions, withRuntime } from '../learning/runtime.node.js'
import { looksLikePhoto } from '../photos/formats.js'
import { compareNames } from '../photos/photo.js'
import { listFolder } from '../platform/list-folder.node.js'
import { inputError } from '../store/io-error.node.js'

export interface Prediction {
  readonly image: string
  /** Classes with their probabilities, likeliest first. */
  readonly classes: readonly { readonly name: string; readonly probability: number }[]
}

export interface PredictOptions extends RuntimeOptions {
  /** Called for each image, in their order, when it is known. */
  readonly onImage?: (image: Prediction | RefusedImage) => void
}

export interface PredictResult {
  readonly predictions: readonly Prediction[]
  /** Images that are missing or damaged, and folders without images. */
  readonly refused: readonly RefusedImage[]
}

/**
 * What a trained model says of image files, and of all images below folders, in the order of their names. One that cannot be
 * read is told beside the others.
 *
 * @throws EpipoleError `input` where the model cannot be used; `io`, `aborted`
 */
export async function predict(
  model: string,
  images: readonly string[],
  options: PredictOptions = {},
): Promise<PredictResult> {
  const { file, net, variables } = await loadModel(model)
  const all = (await Promise.all(images.map(expand))).flat()
  // Threads cost more to start than a few images to decode.
  const workers = options.workers ?? (all.length > 16 ? defaultWorkers() : 0)
  return withRuntime({ ...options, workers }, async ({ pool, device }) => {
    const specs = { image: f32(1, ...file.preparation.shape) }
    const compiled = await compileModel(net, variables, specs, (apply, { image }) => ({ logits: apply(image) }), device)
    const predictions: Prediction[] = []
    const refused: RefusedImage[] = []
    try {
      for await (const item of ahead(all, 2 * Math.max(1, pool.workers), (source) => decoded(source, file, pool))) {
        throwIfAborted(options.signal)
        const result = 'reason' in item ? item : await classify(item, file, compiled)
        if ('reason' in result) refused.push(result)
        else predictions.push(result)
        options.onImage?.(result)
      }
      return { predictions, refused }
    } finally {
      await compiled.close()
    }
  })
}

/** An image as it was given or found, or why there is none. */
type Source = RefusedImage | { readonly name: string }
type Decoded = { readonly name: string; readonly planes: Uint8Array }

async function expand(given: string): Promise<Source[]> {
  let files: readonly { readonly name: string }[]
  try {
    files = (await listFolder(given)).files
  } catch {
    return [{ name: given }] // a file, or nothing: reading it says so
  }
  const images = files.filter(({ name }) => looksLikePhoto(name)).sort((a, b) => compareNames(a.name, b.name))
  if (images.length === 0) return [{ name: given, reason: 'There are no images in this folder.' }]
  return images.map(({ name }) => ({ name: path.join(given, name) }))
}

async function decoded(
  source: Source,
  { preparation }: ModelFile,
  pool: LearningRuntime['pool'],
): Promise<RefusedImage | Decoded> {
  if ('reason' in source) return source
  const { name } = source
  const [channels, height, width] = preparation.shape
  try {
    const bytes = await readFile(name).catch((error: unknown) => {
      throw inputError(error, name, 'open the image')
    })
    const payload = { name, bytes, channels: channels as 1 | 3, size: [height, width] as const }
    const { planes } = (await pool.run('decodeImage', payload)) as { readonly planes: Uint8Array }
    return { name, planes }
  } catch (error) {
    if (!isEpipoleError(error) || (error as EpipoleError).code !== 'input') throw error
    return { name, reason: error.message }
  }
}

async function classify({ name, planes }: Decoded, file: ModelFile, compiled: CompiledModel): Promise<Prediction> {
  const { preparation } = file
  const data = makeBatch({ images: [planes], keys: [0], seed: 0, epoch: 0, preparation })
  const { logits } = await compiled.run({ image: ndArray(data, [1, ...preparation.shape]) })
  return { image: name, classes: ranked(logits?.data ?? [], file.classes) }
}

/** Works on a few items ahead of the one in use; results come in the items' order. */
async function* ahead<T, R>(items: readonly T[], lead: number, work: (item: T) => Promise<R>): AsyncGenerator<R> {
  const pending: Promise<R>[] = []
  for (const item of items) {
    const begun = work(item)
    begun.catch(() => {}) // it is awaited when its turn comes
    pending.push(begun)
    if (pending.length > lead) yield await (pending.shift() as Promise<R>)
  }
  for (const rest of pending) yield await rest
}

function ranked(logits: ArrayLike<number>, classes: readonly string[]): Prediction['classes'] {
  const most = Math.max(...Array.from(logits))
  const powers = Array.from(logits, (v) => Math.exp(v - most))
  const sum = powers.reduce((a, b) => a + b, 0)
  return classes
    .map((name, i) => ({ name, probability: (powers[i] as number) / sum }))
    .sort((a, b) => b.probability - a.probability)
}
