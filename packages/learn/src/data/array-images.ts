import { EpipoleError } from '@epipole/core'

/** Images of one size with labels, all in memory. */
export interface ArrayImages extends LabelledImages {
  readonly pixels: Uint8Array
  readonly labels: Int32Array
}

/** What a trainer reads from: images of one size (channels, rows, columns of bytes) and the classes they belong to. */
export interface LabelledImages {
  readonly count: number
  /** Channels, height, width. */
  readonly shape: readonly [number, number, number]
  readonly classes: readonly string[]
  label(index: number): number
  /** Planes of bytes; a promise where they come from outside. */
  image(index: number): Uint8Array | Promise<Uint8Array>
}

/** Images from arrays. Throws `usage` or `input` where sizes or labels do not fit. */
export function arrayImages({
  pixels,
  labels,
  shape,
  classes,
}: {
  /** count × channels × height × width. */
  pixels: Uint8Array
  labels: ArrayLike<number>
  shape: readonly [number, number, number]
  /** Names; default the numbers 0 … largest. */
  classes?: readonly string[]
}): ArrayImages {
  if (shape.length !== 3 || !shape.every((n) => Number.isInteger(n) && n > 0))
    throw new EpipoleError(
      'usage',
      `Images of ${shape.join(' × ')}: channels, height and width are whole numbers from 1.`,
    )
  if (!(pixels instanceof Uint8Array))
    throw new EpipoleError(
      'usage',
      'Pixels are bytes from 0 to 255 (Uint8Array), planes one after another: multiply what is from 0 to 1 by 255.',
    )
  const size = shape[0] * shape[1] * shape[2]
  const count = labels.length
  if (count === 0) throw new EpipoleError('input', 'There are no images.')
  if (pixels.length !== count * size)
    throw new EpipoleError(
      'input',
      `${count} labels, but ${pixels.length} bytes are ${pixels.length / size} images of ${shape.join(' × ')}.`,
    )
  const label = Int32Array.from(labels)
  const most = label.reduce((a, b) => Math.max(a, b), 0)
  const names = classes ?? Array.from({ length: most + 1 }, (_, i) => `${i}`)
  const wrong = label.findIndex((c, i) => c !== labels[i] || c < 0 || c >= names.length)
  if (wrong >= 0)
    throw new EpipoleError(
      'input',
      `Image ${wrong} has label ${labels[wrong]}; there are ${names.length} classes, numbered from 0.`,
    )
  return {
    count,
    shape,
    classes: names,
    pixels,
    labels: label,
    label: (i) => label[i] as number,
    image: (i) => pixels.subarray(i * size, (i + 1) * size),
  }
}

/** Some of the images, by index; a `usage` error where there is none of an index. */
export function subset(images: LabelledImages, indices: ArrayLike<number>): LabelledImages {
  const wrong = Array.from(indices).find((i) => !(Number.isInteger(i) && i >= 0 && i < images.count))
  if (wrong !== undefined)
    throw new EpipoleError('usage', `There is no image ${wrong}: they are numbered 0 … ${images.count - 1}.`)
  return {
    ...images,
    count: indices.length,
    label: (i) => images.label(indices[i] as number),
    image: (i) => images.image(indices[i] as number),
  }
}

/**
 * Mean and standard deviation of each channel, of bytes scaled to 0 … 1: what `Preparation` takes. The deviation is at least one
 * step of a byte, so that a channel that is nearly constant is not blown up.
 */
export async function channelStatistics(
  images: LabelledImages,
  most = 10_000,
): Promise<{ readonly mean: number[]; readonly std: number[] }> {
  const [channels, height, width] = images.shape
  const plane = height * width
  const n = Math.min(images.count, most)
  const sums = new Float64Array(channels)
  const squares = new Float64Array(channels)
  for (let i = 0; i < n; i++) {
    // Spread over the set, which may be sorted by class.
    const image = await images.image(Math.floor((i * images.count) / n))
    for (let c = 0; c < channels; c++) {
      for (let p = c * plane; p < (c + 1) * plane; p++) {
        const v = (image[p] as number) / 255
        sums[c] += v
        squares[c] += v * v
      }
    }
  }
  const mean = [...sums].map((s) => s / (n * plane))
  const std = [...squares].map((s, c) =>
    Math.max(1 / 255, Math.sqrt(Math.max(0, s / (n * plane) - (mean[c] as number) ** 2))),
  )
  return { mean, std }
}
