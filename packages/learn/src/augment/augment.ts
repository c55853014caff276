import { EpipoleError, exp, log, type RandomStream } from '@epipole/core'
import { adjustBrightness, adjustContrast, adjustHue, adjustSaturation, blurPlanes, toGrayscale } from './colour.js'
import { affinePlanes, flipPlanes, randomCrop, randomResizedCrop } from './geometric.js'
import { checked } from './limits.js'
import type { Planes } from './planes.js'

type Range = readonly [number, number]

/**
 * A random change of an image, as plain data, so that it crosses to workers and into records. `p` is the chance that it is
 * applied; without it, it always is. Conventions and names are torchvision's.
 */
export type Augmentation = { readonly p?: number } & (
  | { readonly kind: 'flip' }
  | { readonly kind: 'crop'; readonly padding: number }
  | { readonly kind: 'resizedCrop'; readonly area: Range; readonly ratio: Range }
  | { readonly kind: 'rotation'; readonly degrees: number }
  | { readonly kind: 'scaling'; readonly range: Range }
  | { readonly kind: 'translation'; readonly fraction: number }
  | { readonly kind: 'noise'; readonly sigma: number }
  | { readonly kind: 'brightness' | 'contrast' | 'saturation' | 'hue'; readonly amount: number }
  | { readonly kind: 'grayscale' }
  | { readonly kind: 'blur'; readonly sigma: Range }
  | { readonly kind: 'erasing'; readonly area: Range; readonly ratio: Range }
)

/** Left and right swapped, every other time. */
export const flip = (p = 0.5): Augmentation => checked({ kind: 'flip', p })
/** A window of the image's size in the image with a border of zeros. */
export const crop = (padding: number): Augmentation => checked({ kind: 'crop', padding })
/** A part of the image, enlarged: of an area, as a part of the whole, and a ratio of width to height. */
export const resizedCrop = (area: Range = [0.08, 1], ratio: Range = [3 / 4, 4 / 3]): Augmentation =>
  checked({ kind: 'resizedCrop', area, ratio })
/** By an angle within ±degrees. */
export const rotation = (degrees: number): Augmentation => checked({ kind: 'rotation', degrees })
/** By a factor within the range, about the centre. */
export const scaling = (range: Range): Augmentation => checked({ kind: 'scaling', range })
/** By up to a fraction of the size along each axis. */
export const translation = (fraction: number): Augmentation => checked({ kind: 'translation', fraction })
/** Gaussian noise; colours stay within 0 … 1. */
export const noise = (sigma: number): Augmentation => checked({ kind: 'noise', sigma })
/** By a factor within 1 ± amount, as the next two. */
export const brightness = (amount: number): Augmentation => checked({ kind: 'brightness', amount })
export const contrast = (amount: number): Augmentation => checked({ kind: 'contrast', amount })
export const saturation = (amount: number): Augmentation => checked({ kind: 'saturation', amount })
/** By a part of the circle within ±amount ≤ ½. */
export const hue = (amount: number): Augmentation => checked({ kind: 'hue', amount })
/** One time in ten. */
export const grayscale = (p = 0.1): Augmentation => checked({ kind: 'grayscale', p })
/** Gaussian, of a deviation within the range, in pixels; every other time. */
export const blur = (sigma: Range = [0.1, 2], p = 0.5): Augmentation => checked({ kind: 'blur', sigma, p })
/** A rectangle set to 0, every other time; its ratio is that of height to width. */
export const erasing = (p = 0.5, area: Range = [0.02, 0.33], ratio: Range = [0.3, 3.3]): Augmentation =>
  checked({ kind: 'erasing', area, ratio, p })

/** Applies the steps in order; every draw comes from `random`. The image itself is left as it is. */
export function augment(image: Planes, steps: readonly Augmentation[], random: RandomStream): Planes {
  let planes = image
  // Each step has its own stream: one that is skipped or changed leaves the others' draws alone.
  steps.forEach((step, i) => {
    const own = random.fork(i)
    if (step.p === undefined || own.float() < step.p) planes = applyStep(planes, step, own)
  })
  return planes
}

function applyStep(image: Planes, step: Augmentation, random: RandomStream): Planes {
  const factor = (amount: number) => random.uniform(Math.max(0, 1 - amount), 1 + amount)
  switch (step.kind) {
    case 'flip':
      return flipPlanes(image)
    case 'crop':
      return randomCrop(image, step.padding, random)
    case 'resizedCrop':
      return randomResizedCrop(image, step.area, step.ratio, random)
    case 'rotation':
      return affinePlanes(image, random.uniform(-step.degrees, step.degrees))
    case 'scaling':
      return affinePlanes(image, 0, random.uniform(step.range[0], step.range[1]))
    case 'translation': {
      const [x, y] = [step.fraction * image.width, step.fraction * image.height]
      return affinePlanes(image, 0, 1, Math.round(random.uniform(-x, x)), Math.round(random.uniform(-y, y)))
    }
    case 'noise':
      return {
        ...image,
        data: image.data.map((v) => Math.min(1, Math.max(0, v + step.sigma * random.normal()))),
      }
    case 'brightness':
      return adjustBrightness(image, factor(step.amount))
    case 'contrast':
      return adjustContrast(image, factor(step.amount))
    case 'saturation':
      return adjustSaturation(image, factor(step.amount))
    case 'hue':
      return adjustHue(image, random.uniform(-step.amount, step.amount))
    case 'grayscale':
      return toGrayscale(image)
    case 'blur':
      return blurPlanes(image, random.uniform(step.sigma[0], step.sigma[1]))
    case 'erasing':
      return erase(image, step.area, step.ratio, random)
    default:
      throw new EpipoleError('usage', `There is no augmentation "${(step as { kind: string }).kind}".`)
  }
}

/** RandomErasing (Zhong et al. 2017): ten tries to find a rectangle that fits. */
function erase(image: Planes, area: Range, ratio: Range, random: RandomStream): Planes {
  for (let i = 0; i < 10; i++) {
    const target = image.height * image.width * random.uniform(area[0], area[1])
    const aspect = exp(random.uniform(log(ratio[0]), log(ratio[1])))
    const height = Math.round(Math.sqrt(target * aspect))
    const width = Math.round(Math.sqrt(target / aspect))
    if (height >= image.height || width >= image.width || height < 1 || width < 1) continue
    const top = random.int(image.height - height + 1)
    const left = random.int(image.width - width + 1)
    const data = image.data.slice()
    for (let row = 0; row < image.channels * image.height; row++) {
      const y = row % image.height
      if (y >= top && y < top + height) data.fill(0, row * image.width + left, row * image.width + left + width)
    }
    return { ...image, data }
  }
  return image
}
