import { EpipoleError, randomStream } from '@epipole/core'
import { type Augmentation, augment } from '../augment/augment.js'

/** How images become what the model sees; plain data, so that workers understand it. */
export interface Preparation {
  readonly shape: readonly [number, number, number]
  /** Applied in order, each image with its own stream. */
  readonly augment?: readonly Augmentation[]
  /** (v / 255 − mean) / std, for each channel; default 0 and 1. */
  readonly mean?: readonly number[]
  readonly std?: readonly number[]
}

/** Throws `usage` where a preparation does not suit images: their shape, a number for each channel, deviations above 0. */
export function checkPreparation(
  { shape, mean, std }: Preparation,
  images: { readonly shape: Preparation['shape'] },
): void {
  if (`${shape}` !== `${images.shape}`)
    throw new EpipoleError(
      'usage',
      `The images are ${images.shape.join(' × ')}, the preparation is for ${shape.join(' × ')}: bring them to one size.`,
    )
  for (const [name, values] of Object.entries({ mean, std })) {
    if (values === undefined) continue
    if (values.length !== shape[0] || !values.every((v) => Number.isFinite(v) && (name === 'mean' || v > 0)))
      throw new EpipoleError(
        'usage',
        `The preparation's ${name} is [${values.join(', ')}]: ${shape[0]} numbers are wanted${name === 'std' ? ', above 0' : ''}, one a channel.`,
      )
  }
}

/** One batch to be made: planes of bytes, and what each image's random stream derives from. */
export interface BatchPayload {
  readonly images: readonly Uint8Array[]
  readonly keys: readonly number[]
  readonly seed: number
  readonly epoch: number
  readonly preparation: Preparation
}

/** Augments and normalises: [count, channels, height, width]. What it makes depends on the payload alone, not on who makes it. */
export function makeBatch({ images, keys, seed, epoch, preparation }: BatchPayload): Float32Array {
  const { shape, augment: steps = [], mean = [], std = [] } = preparation
  const [channels, height, width] = shape
  const size = channels * height * width
  const out = new Float32Array(images.length * size)
  const scale = Array.from({ length: channels }, (_, c) => 1 / (255 * (std[c] ?? 1)))
  const shift = Array.from({ length: channels }, (_, c) => (mean[c] ?? 0) / (std[c] ?? 1))
  images.forEach((bytes, n) => {
    const start = n * size
    if (bytes.length !== size)
      throw new EpipoleError(
        'input',
        `Image ${keys[n]} has ${bytes.length} bytes, not ${size}: [${shape.join(', ')}] is wanted.`,
        { image: keys[n] },
      )
    if (steps.length === 0) {
      normalise(bytes, out, start, scale, shift)
      return
    }
    const random = randomStream(seed, 'augment', epoch, keys[n] as number)
    const planes = { channels, height, width, data: Float32Array.from(bytes, (v) => v / 255) }
    const changed = augment(planes, steps, random)
    const inverse = Array.from({ length: channels }, (_, c) => 1 / (std[c] ?? 1))
    normalise(changed.data, out, start, inverse, shift)
  })
  return out
}

function normalise(
  from: ArrayLike<number>,
  out: Float32Array,
  start: number,
  scale: readonly number[],
  shift: readonly number[],
): void {
  const plane = from.length / scale.length
  for (let c = 0; c < scale.length; c++) {
    const [a, b] = [scale[c] as number, shift[c] as number]
    for (let i = c * plane; i < (c + 1) * plane; i++) out[start + i] = (from[i] as number) * a - b
  }
}
