import { EpipoleError, randomStream, yieldToEventLoop } from '@epipole/core'
import { type NdArray, ndArray } from '@epipole/graph'
import type { LabelledImages } from './array-images.js'
import { type BatchPayload, makeBatch, type Preparation } from './make-batch.js'

/** Makes batches somewhere else: a worker pool's `(payload) => pool.run('makeBatch', payload)`. */
export type BatchMaker = (payload: BatchPayload) => Promise<Float32Array>

export interface BatchOptions {
  readonly size: number
  readonly seed: number
  readonly preparation: Preparation
  /** In a new random order each epoch (default), or as they are. */
  readonly shuffle?: boolean
  /** Whether images that do not fill a batch are left out (default, for training) or padded with the first ones. */
  readonly dropLast?: boolean
  readonly makeBatch?: BatchMaker
  /** How many batches are made ahead of the one in use; default 3. */
  readonly ahead?: number
}

/** Images and labels that a model takes; `count` of them count, the others fill up the last batch. */
export interface ImageBatch {
  readonly image: NdArray
  readonly label: NdArray
  readonly count: number
}

/** The order of an epoch: equal for a seed and an epoch, whoever asks. */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  return randomStream(seed, 'order', epoch).shuffle(Uint32Array.from({ length: count }, (_, i) => i))
}

/** How many batches one epoch has. */
export function batchesPerEpoch(
  count: number,
  { size, dropLast = true }: Pick<BatchOptions, 'size' | 'dropLast'>,
): number {
  if (count === 0) throw new EpipoleError('input', 'There are no images.')
  if (!(Number.isInteger(size) && size > 0))
    throw new EpipoleError('usage', `A batch of ${size} images: take a whole number from 1.`)
  const n = dropLast ? Math.floor(count / size) : Math.ceil(count / size)
  if (n === 0)
    throw new EpipoleError(
      'usage',
      `A batch of ${size} needs ${size} images, there are ${count}: take a smaller batch.`,
    )
  return n
}

/** The batches of one epoch from `start` on, made ahead of their use, in an order that is equal for a seed. */
export async function* batches(
  images: LabelledImages,
  options: BatchOptions,
  { epoch = 0, start = 0 } = {},
): AsyncGenerator<ImageBatch> {
  const { size, seed, shuffle = true, ahead = 3 } = options
  if (!(ahead >= 0))
    throw new EpipoleError('usage', `${ahead} batches ahead of the one in use: give a whole number from 0.`, { ahead })
  const total = batchesPerEpoch(images.count, options)
  const order = shuffle ? epochOrder(images.count, seed, epoch) : undefined
  const pending: Promise<ImageBatch>[] = []
  let next = start
  const begin = () => {
    if (next >= total) return
    const made = make(images, options, epoch, indicesOf(next++, size, images.count, order))
    made.catch(() => {}) // it is awaited when its turn comes
    pending.push(made)
  }
  for (let i = 0; i <= ahead; i++) begin()
  for (let batch = pending.shift(); batch !== undefined; batch = pending.shift()) {
    const ready = await batch
    begin()
    yield ready
  }
}

function indicesOf(batch: number, size: number, count: number, order: Uint32Array | undefined): number[] {
  const from = batch * size
  return Array.from({ length: Math.min(size, count - from) }, (_, i) =>
    order ? (order[from + i] as number) : from + i,
  )
}

async function make(
  images: LabelledImages,
  { size, seed, preparation, makeBatch: maker }: BatchOptions,
  epoch: number,
  chosen: readonly number[],
): Promise<ImageBatch> {
  const filled = Array.from({ length: size }, (_, i) => chosen[i % chosen.length] as number)
  const payload: BatchPayload = {
    images: await Promise.all(filled.map((i) => images.image(i))),
    keys: filled,
    seed,
    epoch,
    preparation,
  }
  // In this thread it waits its turn, so that the step in progress is on its way first.
  if (!maker) await yieldToEventLoop()
  const data = maker ? await maker(payload) : makeBatch(payload)
  return {
    image: ndArray(data, [size, ...preparation.shape]),
    label: ndArray(
      Int32Array.from(filled, (i) => images.label(i)),
      [size],
    ),
    count: chosen.length,
  }
}
